import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEndpoints } from '../../support/eras/endpoints.js';
import type { Endpoints } from '../../support/eras/endpoints.js';
import { startModernServer } from '../../support/eras/modern-server.js';
import {
  claudeInitialize,
  claudeModern,
  codexInitialize,
  modernRevision,
} from '../../support/eras/recorded.js';
import type { Recorded } from '../../support/eras/recorded.js';
import { startSessionServer } from '../../support/eras/session-server.js';
import type { EraServer } from '../../support/eras/session-server.js';
import { rpc } from '../../support/rpc.js';
import type { RpcAnswer } from '../../support/rpc.js';

describe('recorded openings', () => {
  let session: EraServer;
  let modern: EraServer;
  let gateway: Endpoints;

  beforeAll(async () => {
    [session, modern] = await Promise.all([startSessionServer(), startModernServer()]);
    const sessions = [{ name: 'session', url: session.url }];
    const moderns = [{ name: 'modern', url: modern.url }];
    const merged = [...sessions, ...moderns];
    const legacy = ['2025-11-25', '2025-06-18', '2025-03-26'];
    gateway = await startEndpoints({
      sessions,
      moderns,
      merged,
      narrowed: { servers: merged, protocol_versions: legacy },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([session?.close(), modern?.close()]);
  });

  const send = (endpoint: string, { method, params, headers }: Recorded): Promise<RpcAnswer> =>
    rpc(gateway.at(endpoint), method, { params, headers });

  /** Initializes, lists and calls in a session, as it goes on with the revision it has got. */
  async function inSession(endpoint: string, opening: Recorded) {
    const opened = await send(endpoint, opening);
    const session_ = String(opened.headers['mcp-session-id']);
    const revision = String(opened.message?.result?.['protocolVersion']);
    const headers = { 'mcp-session-id': session_, 'mcp-protocol-version': revision };
    const url = gateway.at(endpoint);
    const ready = await rpc(url, 'notifications/initialized', { id: null, headers });
    expect(ready.status).toBe(202);
    const listed = await rpc(url, 'tools/list', { params: {}, headers });
    const call = async (name: string) =>
      (await rpc(url, 'tools/call', { params: { name, arguments: hello }, headers })).message;
    return { revision, tools: toolsOf(listed), call };
  }

  const hello = { message: 'hello' };
  const toolsOf = ({ message }: RpcAnswer) =>
    (message?.result?.['tools'] as { name: string }[]).map(({ name }) => name);
  const said = { result: { content: [{ type: 'text', text: 'echo: hello' }] } };

  const shown: [string, string[]][] = [
    ['sessions', ['session__echo']],
    ['moderns', ['modern__echo']],
    ['merged', ['session__echo', 'modern__echo']],
  ];

  it.each(shown)('Claude Code discovers, and stays without sessions: %s', async (at, echoes) => {
    const discovered = await send(at, claudeModern('server/discover'));
    expect(discovered.status).toBe(200);
    expect(discovered.headers).not.toHaveProperty('mcp-session-id');
    expect(discovered.message?.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: expect.arrayContaining([modernRevision]),
      capabilities: { tools: {}, prompts: {}, resources: {} },
    });
    const listed = await send(at, claudeModern('tools/list'));
    expect(toolsOf(listed)).toEqual(expect.arrayContaining(echoes));
    for (const name of echoes) {
      const called = await send(at, claudeModern('tools/call', { name, arguments: hello }));
      expect(called.message).toMatchObject(said);
      expect(called.message?.result?.['resultType']).toBe('complete');
    }
  });

  it('Claude Code is refused where only sessions are served, then initializes', async () => {
    const refused = await send('narrowed', claudeModern('server/discover'));
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.status).toBeLessThan(500);
    expect(refused.message?.error?.data?.['supported'] ?? []).not.toContain(modernRevision);
    const { revision, tools, call } = await inSession('narrowed', claudeInitialize);
    expect(revision).toBe('2025-11-25');
    for (const name of ['session__echo', 'modern__echo']) {
      expect(tools).toContain(name);
      expect(await call(name)).toMatchObject(said);
    }
  });

  describe.each([
    ['Codex', codexInitialize({}), '2025-06-18'],
    [
      'Codex, with the form of a later revision',
      codexInitialize({ form: {}, url: {} }),
      '2025-06-18',
    ],
    ['Claude Code, where it does not discover', claudeInitialize, '2025-11-25'],
  ])('%s', (_, opening, expected) => {
    it.each(shown)('has a session: %s', async (at, echoes) => {
      const { revision, tools, call } = await inSession(at, opening);
      expect(revision).toBe(expected);
      for (const name of echoes) {
        expect(tools).toContain(name);
        expect(await call(name)).toMatchObject(said);
      }
    });
  });
});
