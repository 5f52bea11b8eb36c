import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kong } from '../../support/gateway/kong-command.js';
import { freePort } from '../../support/ports.js';
import { TestProcess } from '../../support/process.js';
import { until, untilListening } from '../../support/readiness.js';

const file = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const prefix = mkdtempSync(join(tmpdir(), 'shipped-'));
const socket = join(prefix, 'plugins.sock');
const log = join(prefix, 'requests.log');
const describeBy = (name: string): string => `cat ${file(`describe/${name}.json`)}`;
let url: string;
let plugins: TestProcess;

/** The files as they are, with the environment saying what docker-compose.yml says by mounts. */
beforeAll(async () => {
  const main = file('dist/kong/pluginserver/main.js');
  plugins = new TestProcess(process.execPath, [main, '--socket', socket]);
  await untilListening(socket);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const declarative = join(prefix, 'kong.yml');
  const text = readFileSync(file('kong/kong.yml'), 'utf8');
  writeFileSync(declarative, text.replace('/dev/stdout', log));
  await kong(['start', '-c', file('kong/kong.conf'), '-p', join(prefix, 'kong')], {
    KONG_DECLARATIVE_CONFIG: declarative,
    KONG_PROXY_LISTEN: `127.0.0.1:${port}`,
    KONG_PLUGINSERVER_MCP_OAUTH_SOCKET: socket,
    KONG_PLUGINSERVER_MCP_OAUTH_QUERY_CMD: describeBy('mcp-oauth'),
    KONG_PLUGINSERVER_MCP_AGGREGATE_SOCKET: socket,
    KONG_PLUGINSERVER_MCP_AGGREGATE_QUERY_CMD: describeBy('mcp-aggregate'),
    KONG_NGINX_WORKER_PROCESSES: '1',
    ...(process.getuid?.() === 0 ? { KONG_NGINX_USER: 'root root' } : {}),
  });
  await until(async () => (await fetch(`${url}/mcp`)).status === 401, { what: 'no 401' });
});
afterAll(async () => {
  await kong(['stop', '-p', join(prefix, 'kong')]);
  await plugins.kill('SIGKILL');
  rmSync(prefix, { recursive: true, force: true });
});

it('challenges a call without a token, and a browser may read the challenge', async () => {
  const origin = 'http://localhost:6274';
  const answer = await fetch(`${url}/mcp`, { method: 'POST', headers: { origin } });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain(
    'resource_metadata="http://127.0.0.1:8000/.well-known/oauth-protected-resource/mcp"',
  );
  expect(answer.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
});

it.each(['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource'])(
  'serves the metadata at %s',
  async (path) => {
    const answer = await fetch(`${url}${path}`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      resource: 'http://127.0.0.1:8000/mcp',
      authorization_servers: ['http://127.0.0.1:9000'],
    });
  },
);

it.each(['/mcpfoo', '/mcp/x', '/', '/.well-known/oauth-protected-resource/mcpfoo'])(
  'does not serve %s',
  async (path) => {
    expect((await fetch(`${url}${path}`)).status).toBe(404);
  },
);

it('answers the preflight of a browser client', async () => {
  const answer = await fetch(`${url}/mcp`, {
    method: 'OPTIONS',
    headers: {
      origin: 'http://127.0.0.1:6274',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,mcp-protocol-version',
    },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('access-control-allow-origin')).toBe('http://127.0.0.1:6274');
  expect(answer.headers.get('access-control-allow-headers')).toMatch(/MCP-Protocol-Version/);
});

it('logs every request', async () => {
  await until(() => readFileSync(log, 'utf8').includes('"uri":"/mcp"'), { what: 'no line' });
});
