import { afterEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { stdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import type { StdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import {
  collect,
  only,
  stdioUpstream,
  testCall,
} from '../../../../support/upstreams/under-test.js';
import type { TestCall, UpstreamUnderTest } from '../../../../support/upstreams/under-test.js';

let fixture: StdioFixture;
let upstream: Upstream;

function setUp(env: Record<string, string> = {}, over: UpstreamUnderTest = {}) {
  fixture = stdioFixture(env);
  upstream = stdioUpstream(fixture, over);
}

afterEach(async () => {
  await upstream.close();
  fixture.remove();
});

const call = (params: unknown, options?: TestCall) => upstream.call(testCall(params, options));
const raw = (...lines: string[]) => ({ name: 'raw', arguments: { lines } });
const text = (value: string) => ({
  done: `{"content":[{"type":"text","text":${JSON.stringify(value)}}]}`,
});

describe('a call over stdio', () => {
  it('starts one child for all callers, after the handshake', async () => {
    setUp();
    const contexts = ['a', 'b', 'c'];
    const calls = contexts.map((context) =>
      only(call({ name: 'echo', arguments: { text: context } }, { context })),
    );
    expect(await Promise.all(calls)).toEqual(contexts.map(text));
    const lines = fixture.journal();
    expect(lines.filter((line) => line.startsWith('start'))).toHaveLength(1);
    expect(lines[1]).toContain('"method":"server/discover"');
    expect(lines[2]).toContain('"method":"initialize"');
    expect(lines[2]).toContain('"capabilities":{}');
    expect(lines[3]).toBe('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  });

  it('sends params with line breaks in them as one line', async () => {
    setUp();
    const params =
      '{\n  "name": "echo",\r\n  "arguments": {"text":"a\\nb", "n":9007199254740993}\n}';
    expect(await only(call(params))).toEqual(text('a\nb'));
    const sent = fixture.journal().find((line) => line.includes('tools/call'))!;
    expect(sent).toContain(
      '"params":{   "name": "echo",    "arguments": {"text":"a\\nb", "n":9007199254740993} }}',
    );
  });

  it('keeps the bytes of the answer and of an error', async () => {
    setUp();
    const result = '{ "n":9007199254740993,"e":1.50,"s":"\\u00e9é" }';
    expect(await only(call(raw(`{"jsonrpc":"2.0","id":$ID,"result":${result}}`)))).toEqual({
      done: result,
    });
    expect(await only(call({ name: 'nothing' }))).toEqual({
      answered: '{"code":-32602,"message":"unknown","data":{"big":9007199254740993}}',
    });
  });

  it("streams progress under the caller's token, and gives nobody what it cannot place", async () => {
    setUp();
    const lines = [
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$TOKEN,"progress":1}}',
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":999,"progress":2}}',
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"of another caller?"}}',
      '{"jsonrpc":"2.0","id":999,"result":{}}',
      '{"jsonrpc":"2.0","id":$ID,"result":{"first":true}}',
      '{"jsonrpc":"2.0","id":$ID,"result":{"second":true}}',
    ];
    const params = { ...raw(...lines), _meta: { progressToken: 'mine' } };
    expect(await collect(call(params))).toEqual([
      { note: 'notifications/progress', params: '{"progressToken":"mine","progress":1}' },
      { done: '{"first":true}' },
    ]);
    expect(await only(call({ name: 'echo', arguments: { text: 'still fine' } }))).toEqual(
      text('still fine'),
    );
  });

  it('answers ping and refuses what else the server asks', async () => {
    setUp();
    const lines = [
      '{"jsonrpc":"2.0","id":"p","method":"ping"}',
      '{"jsonrpc":"2.0","id":"r","method":"roots/list"}',
      '{"jsonrpc":"2.0","id":$ID,"result":{}}',
    ];
    await only(call(raw(...lines)));
    expect(await fixture.seen(/"id":"p"/)).toBe('{"jsonrpc":"2.0","id":"p","result":{}}');
    expect(await fixture.seen(/"id":"r"/)).toContain('"error":{"code":-32601,');
  });

  it('tells listeners of a changed list', async () => {
    setUp();
    const changed: string[] = [];
    upstream.onListChanged((method) => changed.push(method));
    const note = '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}';
    await only(call(raw(note, '{"jsonrpc":"2.0","id":$ID,"result":{}}')));
    expect(changed).toEqual(['notifications/tools/list_changed']);
  });

  it('passes over what is no message on stdout', async () => {
    setUp({ MODE: 'garbage' });
    const lines = ['DEBUG: calling', '\uFEFF{}', '{"jsonrpc":"2.0","id":$ID,"result":{"ok":1}}'];
    expect(await only(call(raw(...lines)))).toEqual({ done: '{"ok":1}' });
  });

  it('accepts a server of 2024-11-05, and no unknown revision', async () => {
    setUp({ REVISION: '2024-11-05' });
    expect(await only(call({ name: 'echo', arguments: { text: 'old' } }))).toEqual(text('old'));
    await upstream.close();
    fixture.remove();
    setUp({ REVISION: '1999-01-01' });
    expect(await only(call({ name: 'echo', arguments: { text: '' } }))).toMatchObject({
      fail: 'upstream_protocol',
      data: { server: 'srv' },
    });
  });

  it('lists tools', async () => {
    setUp();
    const list = upstream.list('tool', new AbortController().signal);
    expect(await list).toMatchObject({ items: [], offered: new Set(['tools']) });
  });
});

describe('a call that goes wrong over stdio', () => {
  it.each([true, false])(
    'by a message over the limit fails alone (id first: %s)',
    async (idFirst) => {
      setUp({}, { maxResponseBytes: 10_000 });
      const bystander = only(call({ name: 'hang' }));
      await fixture.seen(/"hang"/);
      const large = { name: 'large', arguments: { bytes: 50_000, idFirst } };
      expect(await only(call(large))).toMatchObject({
        fail: 'upstream_too_large',
        data: { server: 'srv', limit: 10_000 },
      });
      const echo = { name: 'echo', arguments: { text: 'here' } };
      expect(await only(call(echo))).toEqual(text('here'));
      await upstream.close();
      expect(await bystander).toMatchObject({ fail: 'upstream_unavailable' });
    },
  );

  it('by its deadline tells the server', async () => {
    setUp({}, { timeoutMs: 1000 });
    expect(await only(call({ name: 'hang' }))).toMatchObject({
      fail: 'upstream_timeout',
      data: { server: 'srv', deadline_ms: 1000 },
    });
    expect(await fixture.seen(/cancelled/)).toContain('"reason":"deadline passed"');
  });

  it('by cancelling tells the server, and its late answer disturbs nobody', async () => {
    setUp();
    const controller = new AbortController();
    const cancelled = only(call({ name: 'hang' }, { signal: controller.signal }));
    const sent = JSON.parse(await fixture.seen(/"hang"/)) as { id: number };
    controller.abort();
    expect(await cancelled).toMatchObject({ fail: 'cancelled' });
    const note = JSON.parse(await fixture.seen(/notifications\/cancelled/)) as object;
    expect(note).toMatchObject({ params: { requestId: sent.id } });
    const late = `{"jsonrpc":"2.0","id":${sent.id},"result":{"late":true}}`;
    expect(await only(call(raw(late, '{"jsonrpc":"2.0","id":$ID,"result":{"own":true}}')))).toEqual(
      {
        done: '{"own":true}',
      },
    );
  });
});
