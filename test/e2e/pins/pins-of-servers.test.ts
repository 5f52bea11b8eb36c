import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins } from '../../../kong/direct/plugins.js';
import { fingerprint } from '../../../plugins/mcp-aggregate/core/pins/fingerprint.js';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { petsDocument } from '../../support/openapi/document.js';
import { startRestApi } from '../../support/openapi/rest-api.js';
import type { RestApi } from '../../support/openapi/rest-api.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { internalRoute } from '../../support/rig/route-servers.js';
import { callTool, openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import {
  answer,
  event,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';
import { startSseFixture } from '../../support/upstreams/sse-fixture.js';
import type { SseFixture } from '../../support/upstreams/sse-fixture.js';
import { everywhere } from '../../support/workers.js';
import { stdioFile } from '../../support/upstreams/stdio-file.js';
import type { StdioFile } from '../../support/upstreams/stdio-file.js';
import { stdioFixture } from '../../support/upstreams/stdio-fixture.js';
import type { StdioFixture } from '../../support/upstreams/stdio-fixture.js';

const tool = (name: string, more = '') =>
  `{"name":"${name}","inputSchema":{"type":"object"}${more}}`;
const list = (...tools: readonly string[]) => `{"tools":[${tools.join()}]}`;
const both = list(tool('good'), tool('bad'));
const tasks = { extensions: { 'io.modelcontextprotocol/tasks': {} } };

/** A lockfile that approves these definitions and no others. */
function lockfile(...approved: readonly string[]): string {
  const tools = approved.map((raw) => {
    const { name } = JSON.parse(raw) as { readonly name: string };
    return [name, { digest: fingerprint(Buffer.from(raw)).digest }];
  });
  return JSON.stringify({
    lockfile: 'kong-plugin-mcp/pins/1',
    tools: Object.fromEntries(tools) as object,
  });
}

describe.each([1, 2])('with %i workers, lockfiles of servers', (pluginWorkers) => {
  const folder = mkdtempSync(join(tmpdir(), 'pins-of-'));
  let http: HttpFixture;
  let direct: HttpFixture;
  let routed: HttpFixture;
  let old: SseFixture;
  let jobs: FixtureServer;
  let api: RestApi;
  let script: StdioFixture;
  let entries: StdioFile;
  let mcp: OpenEndpoint;
  const approve = (name: string, ...approved: readonly string[]) =>
    writeFileSync(join(folder, `${name}.json`), lockfile(...approved));

  beforeAll(async () => {
    const port = await freePort();
    [http, direct, routed, old, jobs, api] = await Promise.all([
      startHttpFixture({ capabilities: '{"tools":{"listChanged":true}}' }),
      startHttpFixture(),
      startHttpFixture(),
      startSseFixture(),
      startFixtureServer('modern'),
      startRestApi(),
    ]);
    script = stdioFixture({ TOOLS: 'echo,pid' });
    entries = stdioFile(() => ({
      child: { command: script.command, args: script.args, env: script.env },
    }));
    for (const server of [http, direct, routed]) {
      server.on('tools/list', (arrived, response) => answer(arrived, response, both));
    }
    old.on('tools/list', (posted, response, stream) => {
      response.writeHead(202).end('Accepted');
      stream.write(event(resultMessage(posted, both)));
    });
    for (const name of ['http', 'direct', 'routed', 'old']) approve(name, tool('good'));
    approve('child', tool('echo'));
    approve('none');
    const route = (path: string) => ({ path, kong_url: `http://127.0.0.1:${port}` });
    const pinned = (name: string, more: object, lock = name) => {
      return { name, pin: 'enforce', pin_lockfile: `${lock}.json`, ...more };
    };
    const internal = { name: 'mcp-aggregate', config: { mode: 'internal' } };
    mcp = await startOpenEndpoint({
      aggregate: {
        list_ttl: 1,
        servers: [
          pinned('http', { url: http.url }),
          pinned('direct', { url: direct.url, direct: true }),
          pinned('routed', { route: route('/internal/routed') }),
          pinned('old', { url: old.url }),
          pinned('child', { stdio: 'child' }),
          pinned('jobs', { url: jobs.url }, 'none'),
          pinned(
            'pets',
            {
              route: route('/internal/pets'),
              openapi: { document: JSON.stringify(petsDocument) },
            },
            'none',
          ),
        ],
      },
      plugins: () => [...directPlugins],
      services: [
        internalRoute({ name: 'routed', path: '/internal/routed', url: routed.url }),
        {
          name: 'pets',
          url: `${api.url}/v1`,
          retries: 0,
          routes: [{ name: 'pets', paths: ['/internal/pets'], plugins: [internal] }],
        },
      ],
      gateway: { pluginWorkers, port, env: { ...entries.env, KONG_MCP_PIN_DIR: folder } },
    });
    await untilListed(mcp.url, approved);
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([http, direct, routed, old, jobs, api].map((one) => one?.close()));
    entries?.remove();
    script?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const approved = ['http__good', 'direct__good', 'routed__good', 'old__good', 'child__echo'];
  const arrivals = () =>
    [http, direct, routed].reduce((sum, one) => sum + one.of('tools/call').length, 0) +
    old.posted.filter(({ method }) => method === 'tools/call').length +
    api.arrived.length +
    script.journal().filter((line) => line.includes('tools/call')).length;
  const names = async () => {
    const { message } = await rpc(mcp.url, 'tools/list');
    return (message!.result!['tools'] as { name: string }[]).map(({ name }) => name);
  };

  it('approve what is listed, and what is called', async () => {
    expect((await names()).sort()).toEqual([...approved].sort());
    for (const name of approved) {
      expect((await callTool(mcp.url, name, { text: 'x' })).message).toHaveProperty('result');
    }
  });

  it.each([
    ...['http__bad', 'direct__bad', 'routed__bad', 'old__bad', 'child__pid', 'pets__getPet'],
    ...[
      'jobs__slow_compute',
      'HTTP__bad',
      'http__BAD',
      'http__bad ',
      ' http__bad',
      'http__ba\u200bd',
    ],
    ...['bad', '__bad', 'http__http__bad', 'http__good/../bad', 'ｈttp__bad'],
  ])('withhold %j, however it is asked for', async (name) => {
    const before = arrivals();
    const session = await openSession(mcp.url);
    const given = { id: '1', seconds: 0 };
    const params = { name, arguments: given };
    const escaped = JSON.stringify({
      ...{ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: '@', arguments: given } },
    }).replace(
      '@',
      [...name].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    );
    const answers = [
      await callTool(mcp.url, name, given),
      await callTool(mcp.url, name, given, { session }),
      await rpc(mcp.url, 'tools/call', { body: escaped }),
      await modernRpc(mcp.url, 'tools/call', params, { headers: { 'mcp-name': encoded(name) } }),
      await modernRpc(mcp.url, 'tools/call', params, {
        headers: { 'mcp-name': encoded(name) },
        capabilities: tasks,
      }),
    ];
    for (const { message } of answers) {
      expect(message?.result).toBeUndefined();
      expect(message?.error?.code).toBe(-32602);
    }
    expect(arrivals()).toBe(before);
  });

  it('are read again, and clients hear of what they approve and what they withhold', async () => {
    const session = await openSession(mcp.url);
    const stream = await openStream(mcp.url, { method: 'GET', session });
    approve('http', tool('good'), tool('bad'));
    await stream.until(/tools\/list_changed/);
    await until(async () => (await names()).includes('http__bad'), { what: 'it never came back' });
    const called = async () => (await callTool(mcp.url, 'http__bad', {})).message;
    const passes = async () => (await called())?.result !== undefined;
    await until(() => everywhere(passes, pluginWorkers), { what: 'calls of it never pass' });
    const heard = () => stream.text().match(/tools\/list_changed/g)!.length;
    const before = heard();
    const turned = tool('bad', ',"description":"<IMPORTANT>"');
    http.on('tools/list', (arrived, response) =>
      answer(arrived, response, list(tool('good'), turned)),
    );
    await stream.until(new RegExp(`(?:tools/list_changed[^]*){${before + 1}}`));
    await until(async () => !(await names()).includes('http__bad'), { what: 'it is still there' });
    const isUnknown = async () => (await called())?.error?.code === -32602;
    await until(() => everywhere(isUnknown, pluginWorkers), { what: 'calls of it pass still' });
    const reached = arrivals();
    expect(await everywhere(isUnknown, pluginWorkers)).toBe(true);
    expect(arrivals()).toBe(reached);
    await stream.leave();
  });
});

/** As a header has it that is no plain text (SEP-2243). */
function encoded(name: string): string {
  if (/^[!-~](?:[ -~]*[!-~])?$/.test(name)) return name;
  return `=?base64?${Buffer.from(name).toString('base64')}?=`;
}
