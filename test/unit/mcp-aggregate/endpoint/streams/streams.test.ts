import { afterEach, describe, expect, it } from 'vitest';
import type { CallEvent } from '../../../../../plugins/mcp-aggregate/core/calls/call.js';
import {
  FakeUpstream,
  events,
  note,
  tool,
  untilAborted,
} from '../../../../support/aggregate/fake-upstream.js';
import {
  kongConfig,
  openSession,
  rpc,
  startHarness,
} from '../../../../support/aggregate/harness.js';
import type { Harness, Sent } from '../../../../support/aggregate/harness.js';

const timing = { silenceMs: 60, heartbeatMs: 40, graceMs: 50, askMs: 300 };
const call: Sent = { json: rpc('tools/call', { name: 'one__t' }, 'c') };
const ok: CallEvent = { type: 'done', result: Buffer.from('{"ok":true}') };
let harness: Harness | undefined;

async function start(script: FakeUpstream['script']) {
  const upstream = new FakeUpstream('one', [tool('t')]);
  upstream.script = script;
  harness = await startHarness([upstream], { timing });
  return { upstream, harness };
}

afterEach(async () => {
  await harness?.stop();
});

function later<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms));
}

describe('the answer of a call', () => {
  it('is JSON when the result comes first', async () => {
    const { harness } = await start(() => events(ok));
    const response = await harness.send(call);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe('{"jsonrpc":"2.0","id":"c","result":{"ok":true}}');
  });

  it('is a stream when a notification comes first, in order and unbuffered', async () => {
    const progress = note('notifications/progress', { progressToken: 't', progress: 1 });
    const { harness } = await start(() => events(progress, ok));
    const response = await harness.send(call);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-mcp-server')).toBe('one');
    expect(await response.text()).toBe(
      'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":1}}\n\n' +
        'event: message\ndata: {"jsonrpc":"2.0","id":"c","result":{"ok":true}}\n\n',
    );
  });

  it('lets no line end inside a value break an event apart', async () => {
    const raw = '{"a":\r\n[1,\n2]}';
    const { harness } = await start(() => events(note('n', '{}'), ...[doneRaw(raw)]));
    const text = await (await harness.send(call)).text();
    expect(text.split('\n\n')[1]).toBe(
      'event: message\ndata: {"jsonrpc":"2.0","id":"c","result":{"a":  [1, 2]}}',
    );
  });

  it('becomes a stream with heartbeats when the server stays silent', async () => {
    async function* slow(): AsyncGenerator<CallEvent> {
      yield await later(300, ok);
    }
    const { harness } = await start(slow);
    const text = await (await harness.send(call)).text();
    expect(text.match(/^: $/gm)!.length).toBeGreaterThanOrEqual(2);
    expect(text.endsWith('"result":{"ok":true}}\n\n')).toBe(true);
  });

  it('is JSON for a client that takes only JSON, notifications dropped, silence borne', async () => {
    async function* slow(): AsyncGenerator<CallEvent> {
      yield note('notifications/progress', {});
      yield await later(150, ok);
    }
    const { harness } = await start(slow);
    const headers = { accept: 'application/json' };
    const response = await harness.send({ ...call, headers });
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 'c', result: { ok: true } });
  });

  it('is a stream for a client that takes only streams', async () => {
    const { harness } = await start(() => events(ok));
    const headers = { accept: 'text/event-stream' };
    const response = await harness.send({ ...call, headers });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toContain('"result":{"ok":true}');
  });

  it('holds back a server that is faster than its client', async () => {
    let sent = 0;
    async function* fast(): AsyncGenerator<CallEvent> {
      const params = { text: 'x'.repeat(64 * 1024) };
      for (; sent < 2000; sent++) yield note('notifications/message', params);
      yield ok;
    }
    const { harness } = await start(fast);
    const response = await harness.send(call);
    const reader = response.body!.getReader();
    await reader.read();
    let before = -1;
    while (before !== sent) {
      before = sent;
      await later(100, undefined);
    }
    expect(sent).toBeLessThan(1000);
    while (!(await reader.read()).done);
    expect(sent).toBe(2000);
  });

  it('tells the server that the client cannot be asked', async () => {
    let answered: unknown;
    async function* asking(): AsyncGenerator<CallEvent> {
      const answer = (given: unknown) => (answered = given);
      const withdrawn = new AbortController().signal;
      yield { type: 'ask', key: 'k', method: 'roots/list', params: undefined, answer, withdrawn };
      yield ok;
    }
    const { harness } = await start(asking);
    expect((await harness.send(call)).status).toBe(200);
    expect(String((answered as { error: Buffer }).error)).toContain('-32601');
  });
});

function doneRaw(raw: string): CallEvent {
  return { type: 'done', result: Buffer.from(raw) };
}

describe('the end of a call', () => {
  const cancelled = (requestId: unknown) => ({
    json: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } },
  });

  async function startPending(request: Sent) {
    const { harness, upstream } = await start(untilAborted);
    const pending = harness.send(request);
    while (upstream.calls.length === 0) await later(5, undefined);
    return { harness, upstream, pending };
  }

  it('comes by notifications/cancelled in the same session', async () => {
    const { harness, upstream } = await start(untilAborted);
    const headers = { 'mcp-session-id': await openSession(harness) };
    const pending = harness.send({ ...call, headers });
    while (upstream.calls.length === 0) await later(5, undefined);
    expect((await harness.send({ ...cancelled('c'), headers })).status).toBe(202);
    expect(await (await pending).text()).toContain('-31006');
  });

  it('comes by notifications/cancelled of the same caller without a session', async () => {
    const { harness, pending } = await startPending(call);
    await harness.send(cancelled('c'));
    expect(await (await pending).text()).toContain('-31006');
  });

  it.each([
    ['of another caller', { as: 'bob' }, 'c'],
    ['with an id of another type', {}, 1],
    ['with an unknown id', {}, 'd'],
  ])('does not come by a notification %s', async (_title, as, id) => {
    const { harness, upstream, pending } = await startPending({
      ...call,
      json: rpc('tools/call', { name: 'one__t' }, id === 1 ? '1' : 'c'),
    });
    expect((await harness.send({ ...cancelled(id), ...as })).status).toBe(202);
    await later(30, undefined);
    expect(upstream.calls[0]!.signal.aborted).toBe(false);
    await harness.stop();
    await pending.then((response) => response.text());
  });

  it('does not come by an anonymous caller, who may be anyone', async () => {
    const { harness, upstream } = await start(untilAborted);
    const config = kongConfig([{ name: 'one' }], { anonymous: true });
    const pending = harness.send({ ...call, as: null }, config);
    while (upstream.calls.length === 0) await later(5, undefined);
    expect((await harness.send({ ...cancelled('c'), as: null }, config)).status).toBe(202);
    expect(upstream.calls[0]!.signal.aborted).toBe(false);
    await harness.stop();
    await pending.then((response) => response.text());
  });

  it('does not come by a session, or its lack, that the call was not made in', async () => {
    const { harness, upstream, pending } = await startPending(call);
    const headers = { 'mcp-session-id': await openSession(harness) };
    await harness.send({ ...cancelled('c'), headers });
    expect(upstream.calls[0]!.signal.aborted).toBe(false);
    await harness.stop();
    await pending.then((response) => response.text());
  });

  it('comes some time after the client has gone, not at once', async () => {
    const { harness, upstream } = await start(untilAborted);
    const controller = new AbortController();
    const sent = { ...call, signal: controller.signal } as Sent;
    const pending = harness.send(sent).then((response) => response.text());
    while (upstream.calls.length === 0) await later(5, undefined);
    const { signal } = upstream.calls[0]!;
    const left = performance.now();
    controller.abort();
    await expect(pending).rejects.toThrow();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(performance.now() - left).toBeGreaterThanOrEqual(timing.graceMs - 1);
  });

  it('comes when the gateway stops', async () => {
    const { harness, upstream, pending } = await startPending(call);
    await harness.stop();
    expect(upstream.calls[0]!.signal.aborted).toBe(true);
    await pending.then((response) => response.text());
  });

  it('comes with the end of the credential', async () => {
    const { harness } = await start(untilAborted);
    const expiresAt = Math.floor(Date.now() / 1000) - 1;
    const response = await harness.send({ ...call, identity: { expiresAt } });
    expect(await response.text()).toContain('-31006');
  });

  it('is a plain error where the server ends without an answer', async () => {
    const { harness } = await start(() => events());
    const response = await harness.send(call);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ id: 'c', error: { code: -32603 } });
  });
});
