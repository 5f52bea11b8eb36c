import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModernServer } from '../../support/eras/modern-server.js';
import type { ModernServer } from '../../support/eras/modern-server.js';
import { startSessionServer } from '../../support/eras/session-server.js';
import type { EraServer } from '../../support/eras/session-server.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { fileLog } from '../../support/rig/services.js';
import { callTool, openSession, rpc } from '../../support/rpc.js';

const version = '2026-07-28';
const _meta = {
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientCapabilities': {},
};

interface Entry {
  readonly route?: { readonly name?: string };
  readonly mcp?: Readonly<Record<string, unknown>>;
  readonly response?: { readonly headers?: Readonly<Record<string, unknown>> };
}

/** One endpoint on the Service; calls of clients without sessions have a route to themselves. */
describe('a route by what clients say in Mcp-Method', () => {
  let server: ModernServer;
  let session: EraServer;
  let gateway: Gateway;
  let url: string;

  beforeAll(async () => {
    [server, session] = await Promise.all([startModernServer(), startSessionServer()]);
    const servers = [
      { name: 'modern', url: server.url },
      { name: 'session', url: session.url },
    ];
    const aggregate = { anonymous: true, servers };
    const own = { paths: ['~/mcp$'], strip_path: false };
    const limit = { name: 'rate-limiting', config: { hour: 3, policy: 'local' } };
    gateway = await startGateway({
      declarative: (places) => ({
        services: [
          {
            name: 'mcp',
            url: 'http://127.0.0.1:9',
            retries: 0,
            plugins: [{ name: 'mcp-aggregate', config: aggregate }, fileLog(places)],
            routes: [
              { name: 'all', ...own },
              {
                name: 'calls',
                ...own,
                headers: { 'mcp-method': ['tools/call'] },
                plugins: [limit],
              },
            ],
          },
        ],
      }),
    });
    url = gateway.at('/mcp');
    await untilListed(url, ['modern__echo', 'session__echo']);
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([server?.close(), session?.close()]);
  });

  const modern = (method: string, params: object = {}, said = method, name?: string) =>
    rpc(url, method, {
      params: { ...params, _meta },
      headers: {
        'mcp-protocol-version': version,
        'mcp-method': said,
        ...(name === undefined ? {} : { 'mcp-name': name }),
      },
    });
  const echo = { name: 'modern__echo', arguments: { text: 'x' } };
  const isLimited = ({ headers }: { headers: object }) => 'ratelimit-limit' in headers;

  it('takes what clients without sessions send, and no plugin of it the rest', async () => {
    const call = await modern('tools/call', echo, 'tools/call', 'modern__echo');
    expect([call.status, isLimited(call)]).toEqual([200, true]);
    expect(call.message).toHaveProperty('result.content');
    expect(call.headers['x-mcp-server-era']).toBe('modern');
    const list = await modern('tools/list');
    expect([list.status, isLimited(list)]).toEqual([200, false]);
  });

  it('is no way around: a header that disagrees with the body is refused', async () => {
    const lie = await modern('tools/call', echo, 'tools/list', 'modern__echo');
    expect([lie.status, isLimited(lie)]).toEqual([400, false]);
    expect(lie.message?.error?.code).toBe(-32020);
  });

  it('is not taken by clients with sessions, which have no such header', async () => {
    const opened = await openSession(url);
    const call = await callTool(url, 'modern__echo', { text: 'x' }, { session: opened });
    expect([call.status, isLimited(call)]).toEqual([200, false]);
  });

  it('and Kong’s logs say how client and server are spoken to', async () => {
    const across = { name: 'session__echo', arguments: { text: 'x' } };
    await modern('tools/call', across, 'tools/call', 'session__echo');
    const entries = () =>
      (gateway.fileLogLines() as Entry[]).map(({ route, mcp, response }) => [
        route?.name,
        mcp?.['server'],
        mcp?.['era'],
        mcp?.['protocol_version'],
        response?.headers?.['x-mcp-server-era'],
      ]);
    for (const wanted of [
      ['calls', 'modern', 'modern', version, 'modern'],
      ['calls', 'session', 'modern', version, 'legacy'],
      ['all', 'modern', 'legacy', '2025-11-25', 'modern'],
    ]) {
      const line = wanted.join(' ');
      const logged = () => entries().some((entry) => entry.join(' ') === line);
      await until(logged, { what: `not logged: ${line}` });
    }
  });
});
