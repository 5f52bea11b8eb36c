import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ofOneProcess } from '../../support/gateway/crossing.js';
import { directPlugins } from '../../../kong/direct/plugins.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { startScriptedGuard } from '../../support/rig/scripted-guard.js';
import { openSession, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const list = JSON.stringify({
  tools: ['say', 'free', 'open', 'roomy', 'legacy', 'modern'].map((name) => ({
    name,
    inputSchema: { type: 'object' },
  })),
});
const content = '[ {"type":"text", "text":"ask ann@example.com"}, {"type":"text","text":"2"} ]';
const result = `{"content": ${content}, "structuredContent":{"mail":"ann@example.com"} }`;

let server: HttpFixture;
let guard: Awaited<ReturnType<typeof startScriptedGuard>>;
let mcp: OpenEndpoint;
let session: string;

beforeAll(async () => {
  server = await startHttpFixture();
  guard = await startScriptedGuard();
  server.on('tools/list', (arrived, response) => answer(arrived, response, list));
  server.on('tools/call', (arrived, response) => answer(arrived, response, result));
  const more = { url: guard.url, timeout: 700, max_body: 2_048 };
  const when = ['request', 'result'];
  mcp = await startOpenEndpoint({
    aggregate: {
      servers: [{ name: 's', url: server.url, direct: true }],
      guards: [
        { name: 'strict', when, tools: ['s__say'], headers: { 'x-key': 'k' }, ...more },
        // What opens their circuits is about no other test.
        { name: 'broken1', tools: ['s__legacy'], ...more },
        { name: 'broken2', tools: ['s__modern'], ...more },
        { name: 'roomy', url: guard.url, tools: ['s__roomy'], fail: 'open' },
        { name: 'lax', when: ['request'], tools: ['s__open'], fail: 'open', ...more },
      ],
    },
    plugins: () => [...directPlugins],
    gateway: ofOneProcess,
  });
  await untilListed(mcp.url, ['s__say']);
});
afterAll(async () => {
  await mcp?.stop();
  await guard?.close();
  await server?.close();
});

describe.each(['legacy', 'modern'])('guards of calls by %s clients', (era) => {
  beforeEach(async () => {
    guard.answers(() => ({ action: 'allow' }));
    session = era === 'legacy' ? await openSession(mcp.url) : '';
  });

  const call = (tool: string, given: object = { q: 'x' }) => {
    const params = { name: `s__${tool}`, arguments: given };
    return era === 'legacy'
      ? rpc(mcp.url, 'tools/call', { params, session })
      : modernRpc(mcp.url, 'tools/call', params);
  };

  it('are asked of the request and of the result, twice', async () => {
    for (let n = 0; n < 2; n++) {
      expect((await call('say')).message?.result).toMatchObject(JSON.parse(result) as object);
    }
    const about = { name: 's__say', server: 's' };
    expect(guard.asked).toMatchObject([
      { on: 'request', arguments: { q: 'x' }, ...about },
      { on: 'result', result: JSON.parse(result) as object, ...about },
      { on: 'request' },
      { on: 'result' },
    ]);
    expect(guard.asked[0]!.caller).toMatchObject({ subject: '', scopes: [] });
    expect(guard.asked[0]!.request_id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('are not asked of other tools', async () => {
    expect((await call('free')).message).toHaveProperty('result');
    expect(guard.asked).toEqual([]);
  });

  it('deny with a reason, before the server or after it', async () => {
    const reached = server.of('tools/call').length;
    guard.answers(() => ({ action: 'deny', reason: 'Not on Sundays.' }));
    const denied = await call('say');
    expect(denied.status).toBe(200);
    expect(denied.message?.error).toMatchObject({
      code: -31027,
      message: 'Not on Sundays.',
      data: { guard: 'strict' },
    });
    expect(server.of('tools/call')).toHaveLength(reached);
    guard.answers(({ on }) => ({ action: on === 'result' ? 'deny' : 'allow' }));
    const after = await call('say');
    expect(after.message?.error).toMatchObject({ code: -31027 });
    expect(JSON.stringify(after.message)).not.toContain('ann@');
    expect(server.of('tools/call')).toHaveLength(reached + 1);
  });

  it('replace texts, and leave every other byte', async () => {
    guard.answers(({ on }) =>
      on === 'request'
        ? { action: 'replace', replacements: [{ path: '/a/1/b~1c', text: 'new "q"' }] }
        : {
            action: 'replace',
            replacements: [
              { index: 0, text: 'ask …' },
              { path: '/structuredContent/mail', text: '…' },
            ],
          },
    );
    const answered = await call('say', { n: 1.5, a: [0, { 'b/c': 'old' }] });
    const sent = server.of('tools/call').at(-1)!;
    expect(sent.body).toContain('"arguments":{"n":1.5,"a":[0,{"b/c":"new \\"q\\""}]}');
    const clean = result.replace('ask ann@example.com', 'ask …').replace('ann@example.com', '…');
    expect(answered.message?.result).toMatchObject(JSON.parse(clean) as object);
  });

  it.each<[string, Parameters<typeof guard.answers>[0]]>([
    ['hangs', () => undefined],
    ['answers HTTP 500', (_, response) => void response.writeHead(500).end('{"action":"allow"}')],
    ['redirects', (_, response) => void response.writeHead(307, { location: '/else' }).end()],
    ['answers no JSON', (_, response) => void response.end('allow')],
    [
      'answers two actions',
      (_, response) => void response.end('{"action":"deny","action":"allow"}'),
    ],
    ['answers 10 MB', (_, response) => void response.end(`{"action":"${'a'.repeat(1e7)}"}`)],
    ['answers nothing known', () => ({ action: 'shrug' })],
    ['breaks the connection', (_, response) => void response.destroy()],
  ])('refuse where the guard %s, or let pass where they fail open', async (_, script) => {
    // Faults of a row open the circuit, which the next test is not about.
    guard.answers(() => ({ action: 'allow' }));
    await Promise.all([call('say'), call('open')]);
    guard.answers(script);
    const reached = server.of('tools/call').length;
    const refused = await call('say');
    expect(refused.status).toBe(200);
    expect(refused.message?.error).toMatchObject({ code: -31028, data: { guard: 'strict' } });
    expect(server.of('tools/call')).toHaveLength(reached);
    expect((await call('open')).message).toHaveProperty('result');
  });

  it.each([
    ['is not there', Array.from({ length: 1 }, () => ({ path: '/z', text: '' }))],
    ['is more than may be', Array.from({ length: 257 }, (_, n) => ({ path: `/${n}`, text: '' }))],
  ])('refuse what they replace where that %s, though they fail open', async (_, replacements) => {
    guard.answers(() => ({ action: 'replace', replacements }));
    const reached = server.of('tools/call').length;
    // As often as opens the circuit of a guard that fails.
    for (let n = 0; n < 6; n++) {
      const refused = await call('roomy');
      expect(refused.message?.error).toMatchObject({ code: -31028, data: { guard: 'roomy' } });
    }
    expect(guard.asked).toHaveLength(6);
    expect(server.of('tools/call')).toHaveLength(reached);
  });

  it('replace a text among thousands of members', async () => {
    guard.answers(() => ({ action: 'replace', replacements: [{ path: '/k2500', text: '…' }] }));
    const many = Object.fromEntries(Array.from({ length: 2_501 }, (_, n) => [`k${n}`, '']));
    expect((await call('roomy', many)).message).toHaveProperty('result');
    expect(server.of('tools/call').at(-1)!.body).toContain('"k2500":"…"');
  });

  it('refuse arguments that are too large, though they fail open', async () => {
    const large = await call('open', { q: 'x'.repeat(3_000) });
    expect(large.message?.error).toMatchObject({ code: -31027 });
    expect(guard.asked).toEqual([]);
  });

  it('refuse a result that is too large', async () => {
    server.on('tools/call', (arrived, response) =>
      answer(arrived, response, `{"content":[{"type":"text","text":"${'x'.repeat(3_000)}"}]}`),
    );
    expect((await call('say')).message?.error).toMatchObject({ code: -31028 });
    server.on('tools/call', (arrived, response) => answer(arrived, response, result));
  });

  it('are left alone after five faults of a row', async () => {
    guard.answers((_, response) => void response.destroy());
    for (let n = 0; n < 8; n++) {
      expect((await call(era)).message?.error).toMatchObject({ code: -31028 });
    }
    expect(guard.asked).toHaveLength(5);
  });
});
