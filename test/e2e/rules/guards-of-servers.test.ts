import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { petsDocument } from '../../support/openapi/document.js';
import { startRestApi } from '../../support/openapi/rest-api.js';
import type { RestApi } from '../../support/openapi/rest-api.js';
import { freePort } from '../../support/ports.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { internalRoute } from '../../support/rig/route-servers.js';
import { startScriptedGuard } from '../../support/rig/scripted-guard.js';
import type { Asked } from '../../support/rig/scripted-guard.js';
import { callTool, openSession } from '../../support/rpc.js';
import {
  answer,
  event,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';
import { startSseFixture } from '../../support/upstreams/sse-fixture.js';
import type { SseFixture } from '../../support/upstreams/sse-fixture.js';
import { stdioFile } from '../../support/upstreams/stdio-file.js';
import type { StdioFile } from '../../support/upstreams/stdio-file.js';
import { stdioFixture } from '../../support/upstreams/stdio-fixture.js';
import type { StdioFixture } from '../../support/upstreams/stdio-fixture.js';

const mail = 'ann@example.com';
const tasks = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const everywhere = JSON.stringify({
  content: [
    { type: 'text', text: `write to ${mail}` },
    { type: 'resource', resource: { uri: 'note:///1', text: `of ${mail}` } },
  ],
  structuredContent: { to: [{ mail }] },
  isError: true,
});

/** Takes the address out of every text of a result, and refuses arguments that hold a word. */
function judge({ on, arguments: given, result }: Asked): object {
  if (on === 'request') {
    const refused = JSON.stringify(given).includes('forbidden');
    return refused ? { action: 'deny', reason: 'Not that word.' } : { action: 'allow' };
  }
  const replacements = pathsIn(result, '').map((path) => ({ path, text: '…' }));
  return replacements.length > 0 ? { action: 'replace', replacements } : { action: 'allow' };
}

function pathsIn(value: unknown, path: string): readonly string[] {
  if (typeof value === 'string') return value.includes(mail) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => pathsIn(each, `${path}/${name}`));
}

describe.each([1, 2])('with %i workers, guards of servers', (pluginWorkers) => {
  let http: HttpFixture;
  let routed: HttpFixture;
  let old: SseFixture;
  let jobs: FixtureServer;
  let api: RestApi;
  let script: StdioFixture;
  let entries: StdioFile;
  let guard: Awaited<ReturnType<typeof startScriptedGuard>>;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    const port = await freePort();
    [http, routed, old, jobs, api, guard] = await Promise.all([
      startHttpFixture(),
      startHttpFixture(),
      startSseFixture(),
      startFixtureServer('modern'),
      startRestApi((_arrived, response) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ id: 1, name: mail }));
      }),
      startScriptedGuard(),
    ]);
    script = stdioFixture({ TOOLS: 'echo' });
    entries = stdioFile(() => ({
      child: { command: script.command, args: script.args, env: script.env },
    }));
    const list = '{"tools":[{"name":"t","inputSchema":{"type":"object"}}]}';
    for (const server of [http, routed]) {
      server.on('tools/list', (arrived, response) => answer(arrived, response, list));
      server.on('tools/call', (arrived, response) => answer(arrived, response, everywhere));
    }
    old.on('tools/call', (posted, response, stream) => {
      response.writeHead(202).end('Accepted');
      stream.write(event(resultMessage(posted, everywhere)));
    });
    const route = (path: string) => ({ path, kong_url: `http://127.0.0.1:${port}` });
    const document = JSON.stringify(petsDocument);
    mcp = await startOpenEndpoint({
      aggregate: {
        servers: [
          { name: 'http', url: http.url },
          { name: 'routed', route: route('/internal/routed') },
          { name: 'old', url: old.url },
          { name: 'child', stdio: 'child' },
          { name: 'jobs', url: jobs.url },
          { name: 'pets', route: route('/internal/pets'), openapi: { document } },
        ],
        guards: [{ name: 'g', url: guard.url, when: ['request', 'result'], timeout: 30_000 }],
      },
      services: [
        internalRoute({ name: 'routed', path: '/internal/routed', url: routed.url }),
        {
          name: 'pets',
          url: `${api.url}/v1`,
          retries: 0,
          routes: [
            {
              name: 'pets',
              paths: ['/internal/pets'],
              plugins: [{ name: 'mcp-aggregate', config: { mode: 'internal' } }],
            },
          ],
        },
      ],
      gateway: { pluginWorkers, env: entries.env, port },
    });
    await untilListed(mcp.url, tools);
  });
  beforeEach(() => guard.answers(judge));
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([http, routed, old, jobs, api, guard].map((one) => one?.close()));
    entries?.remove();
    script?.remove();
  });

  const tools = [
    'http__t',
    'routed__t',
    'old__t',
    'child__echo',
    'pets__getPet',
    'jobs__slow_compute',
  ];
  const arrivals = () =>
    http.of('tools/call').length +
    routed.of('tools/call').length +
    old.posted.filter(({ method }) => method === 'tools/call').length +
    api.arrived.length +
    script.journal().filter((line) => line.includes('tools/call')).length;
  const given = (name: string, text: string) =>
    name.startsWith('pets') ? { id: text } : { text, seconds: 0 };

  it.each(tools)('of %s stand before it, and after it, in both eras', async (name) => {
    const session = await openSession(mcp.url);
    const asLegacy = (text: string) => callTool(mcp.url, name, given(name, text), { session });
    const asModern = (text: string) =>
      modernRpc(mcp.url, 'tools/call', { name, arguments: given(name, text) });
    for (const call of [asLegacy, asModern]) {
      const before = arrivals();
      const { message } = await call('a forbidden thing');
      expect(message?.error).toMatchObject({ code: -31027, message: 'Not that word.' });
      expect(arrivals()).toBe(before);
      const { text, message: passed } = await call(`write to ${mail}`);
      expect(passed).toHaveProperty('result');
      expect(arrivals()).toBe(name.startsWith('jobs') ? before : before + 1);
      expect(text).not.toContain(mail);
      expect(guard.asked.at(-1)).toMatchObject({ on: 'result', name });
    }
  });

  it('leave what is said of an error, and every place of a text is theirs', async () => {
    const { message } = await callTool(mcp.url, 'http__t', {});
    expect(message?.result).toMatchObject({
      content: [{ text: '…' }, { resource: { text: '…', uri: 'mcp+http+note:///1' } }],
      structuredContent: { to: [{ mail: '…' }] },
      isError: true,
    });
  });

  it('are asked of the result of what could be a task, which is none then', async () => {
    const params = { name: 'jobs__slow_compute', arguments: { seconds: 0 } };
    const { message } = await modernRpc(mcp.url, 'tools/call', params, { capabilities: tasks });
    expect(message?.result).not.toMatchObject({ resultType: 'task' });
    expect(guard.asked.map(({ on }) => on)).toEqual(['request', 'result']);
  });
});
