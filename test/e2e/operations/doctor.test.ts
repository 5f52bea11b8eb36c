import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../kong/cli/validate/finding.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { TestProcess } from '../../support/process.js';
import { projectFile } from '../../support/project.js';
import { until } from '../../support/readiness.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint } from '../../support/rig/services.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const main = projectFile('dist/kong/cli/main.js');

describe('kong-mcp doctor', () => {
  let issuer: Issuer;
  let server: HttpFixture;
  let gateway: Gateway;
  let resource: string;
  let operations: string;
  let conf: string;
  let tokenFile: string;

  beforeAll(async () => {
    const [port, own, dead] = [await freePort(), await freePort(), await freePort()];
    resource = `http://127.0.0.1:${port}/mcp`;
    const broken = `http://127.0.0.1:${port}/broken`;
    operations = `http://127.0.0.1:${own}`;
    [issuer, server] = await Promise.all([startIssuer([resource, broken]), startHttpFixture()]);
    server.on('tools/list', (arrived, response) =>
      answer(arrived, response, '{"tools":[{"name":"t","inputSchema":{"type":"object"}}]}'),
    );
    const authorization_servers = [issuer.url];
    const at = (name: string, url: string) =>
      endpoint({
        name,
        path: `/${name}`,
        oauth: { resource: `http://127.0.0.1:${port}/${name}`, authorization_servers },
        aggregate: { servers: [{ name: 'one', url }] },
      });
    gateway = await startGateway({
      port,
      // What makes events cross would still be at the socket when the plugin server is away.
      crossing: false,
      authSocket: false,
      env: { KONG_MCP_OPERATIONS: `127.0.0.1:${own}` },
      declarative: { services: [at('mcp', server.url), at('broken', `http://127.0.0.1:${dead}/`)] },
    });
    conf = join(gateway.prefix, 'kong.conf');
    tokenFile = join(gateway.prefix, 'token');
    const token = await issuer.token(resource);
    writeFileSync(tokenFile, `${token}\n`);
    await untilListed(resource, ['one__t'], { token });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), server?.close()]);
  });

  async function doctor(...args: string[]) {
    const command = new TestProcess(process.execPath, [main, 'doctor', ...args, '--json']);
    const code = await command.exited;
    expect(command.stderr).toBe('');
    const { findings } = JSON.parse(command.stdout) as { findings: Finding[] };
    return { code, findings };
  }
  const whole = () => [
    ...['--conf', conf, '--operations', operations],
    ...['--endpoint', resource, '--token-file', tokenFile],
  ];

  it('finds nothing in a good set-up', async () => {
    expect(await doctor(...whole())).toEqual({ code: 0, findings: [] });
  });

  it('finds a socket that every user can reach', async () => {
    const socket = join(gateway.prefix, 'plugins.socket');
    chmodSync(gateway.prefix, 0o755);
    chmodSync(socket, 0o666);
    try {
      const { code, findings } = await doctor('--conf', conf);
      expect(code).toBe(1);
      expect(findings).toEqual([
        {
          level: 'error',
          file: socket,
          place: 'socket',
          message: 'has mode 0666: every user of the machine can act as Kong',
          mend: `chmod 0660 ${socket}, and --socket-mode 0660`,
        },
      ]);
    } finally {
      chmodSync(socket, 0o600);
      chmodSync(gateway.prefix, 0o700);
    }
  });

  it('finds a description file of another version, and small buffers', async () => {
    const described = join(gateway.prefix, 'mcp-oauth.json');
    const text = readFileSync(projectFile('describe/mcp-oauth.json'), 'utf8');
    writeFileSync(described, text.replace(/"Version":"[^"]+"/, '"Version":"0.0.1"'));
    const other = join(gateway.prefix, 'other.conf');
    const settings = readFileSync(conf, 'utf8')
      .replace(/cat \S+mcp-oauth\.json/, `cat ${described}`)
      .replace('body_buffer_size = 1m', 'body_buffer_size = 16k');
    writeFileSync(other, settings);
    const { code, findings } = await doctor('--conf', other);
    expect(code).toBe(1);
    expect(findings.map(({ place, mend }) => [place, mend])).toEqual([
      ['nginx_http_client_body_buffer_size', 'nginx_http_client_body_buffer_size = 1m'],
      [
        'mcp-oauth',
        'copy describe/mcp-oauth.json of the version that runs there, then restart Kong',
      ],
    ]);
    expect(findings[1]?.message).toMatch(/^describes version 0\.0\.1, but \d\S* runs$/);
  });

  it('finds an address that is no endpoint, and a token that is refused', async () => {
    const wrong = await doctor('--endpoint', gateway.at('/mpc'), '--token-file', tokenFile);
    expect(wrong).toMatchObject({ code: 1, findings: [{ place: 'tools/list' }] });
    expect(wrong.findings[0]?.message).toContain('404: Kong has no route with this path');
    const bad = join(gateway.prefix, 'bad-token');
    writeFileSync(bad, 'not-a-token');
    const refused = await doctor('--endpoint', resource, '--token-file', bad);
    expect(refused.findings[0]?.message).toContain('401: the token is refused');
  });

  it('finds a server that is down, by the name of its route', async () => {
    const token = await issuer.token(gateway.at('/broken'));
    await untilListed(gateway.at('/broken'), [], { token });
    let last: Awaited<ReturnType<typeof doctor>> | undefined;
    await until(
      async () => {
        last = await doctor('--operations', operations);
        return last.findings.length > 0;
      },
      { what: 'the doctor never saw it' },
    );
    expect(last).toMatchObject({
      code: 1,
      findings: [{ level: 'error', place: 'route broken: server one' }],
    });
    expect(last?.findings[0]?.message).toMatch(/^cannot be used: .*connection/);
  });

  it('finds a plugin server that is away, everywhere it is missed', async () => {
    await gateway.pluginServer.kill('SIGTERM');
    const { code, findings } = await doctor(...whole());
    expect(code).toBe(1);
    const places = findings.map(({ place }) => place);
    expect(places).toEqual(['socket', '/status', 'tools/list']);
    expect(findings[2]?.message).toContain('500: the plugin server cannot be reached by Kong');
    await gateway.pluginServer.respawn();
  });

  it('ends with 2 where it cannot look', async () => {
    const command = new TestProcess(process.execPath, [main, 'doctor', '--conf', '/nowhere.conf']);
    expect(await command.exited).toBe(2);
    expect(command.stderr).toContain('--conf: /nowhere.conf cannot be read (ENOENT)');
  });
});
