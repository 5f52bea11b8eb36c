import { afterEach, describe, expect, it } from 'vitest';
import type { CallEvent } from '../../../../../plugins/mcp-aggregate/core/calls/call.js';
import { FakeUpstream, note, tool } from '../../../../support/aggregate/fake-upstream.js';
import {
  kongConfig,
  openSession,
  rpc,
  startHarness,
} from '../../../../support/aggregate/harness.js';
import type { Harness, Sent } from '../../../../support/aggregate/harness.js';
import { openSse as open } from '../../../../support/aggregate/sse-stream.js';

const timing = { silenceMs: 5000, heartbeatMs: 40, graceMs: 300, askMs: 5000 };
const changed = 'notifications/tools/list_changed';
let harness: Harness;
let upstream: FakeUpstream;

afterEach(async () => {
  await harness?.stop();
});

async function start(): Promise<void> {
  upstream = new FakeUpstream('one', [tool('t')]);
  harness = await startHarness([upstream], { timing });
  await harness.send({ json: rpc('tools/list') }).then((response) => response.text());
  // The first list has changed the endpoint's too; what the tests see comes later.
  await pause(80);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const inSession = (session: string, lastEventId?: string): Sent => ({
  headers: {
    'mcp-session-id': session,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  },
});

function change(name: string): void {
  upstream.tools = [tool(name)];
  upstream.changed();
}

describe('GET', () => {
  it('is a stream that says how to come back, and keeps itself alive', async () => {
    await start();
    const stream = await open(harness, inSession(await openSession(harness)));
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
    await stream.until(() => /^: $/m.test(stream.text()));
    expect(stream.text()).toMatch(/^retry: 1000\nid: [\w-]+\ndata: \n\n/);
    stream.leave();
  });

  it('sends older revisions no event without data', async () => {
    await start();
    const stream = await open(harness, inSession(await openSession(harness, {}, '2025-06-18')));
    await stream.until(() => /^: $/m.test(stream.text()));
    expect(stream.text()).not.toContain('data:');
    stream.leave();
  });

  it.each([
    ['without a session', {}, 400],
    ['with an unknown session', { headers: { 'mcp-session-id': 'AAAA' } }, 404],
    ['of a client that takes no stream', { headers: { accept: 'application/json' } }, 406],
  ])('%s is refused', async (_title, request: Sent, status) => {
    await start();
    expect((await harness.send({ method: 'GET', ...request })).status).toBe(status);
  });

  it('of another caller does not open the session', async () => {
    await start();
    const session = await openSession(harness);
    const response = await harness.send({ method: 'GET', as: 'bob', ...inSession(session) });
    expect(response.status).toBe(404);
  });

  it('tells once that the list has changed, when it has', async () => {
    await start();
    const stream = await open(harness, inSession(await openSession(harness)));
    const before = upstream.lists;
    upstream.changed();
    while (upstream.lists === before) await pause(20);
    await pause(150);
    await stream.until(() => /^: $/m.test(stream.text()));
    expect(stream.events()).toEqual([]);
    harness.pass(1000);
    change('u');
    await stream.until(() => stream.events().length > 0);
    expect(stream.events()).toMatchObject([{ data: { jsonrpc: '2.0', method: changed } }]);
    stream.leave();
  });

  it('of two in one session gets each message on the newer one only', async () => {
    await start();
    const session = await openSession(harness);
    const [older, newer] = [
      await open(harness, inSession(session)),
      await open(harness, inSession(session)),
    ];
    harness.pass(1000);
    change('u');
    await newer.until(() => newer.events().length > 0);
    newer.leave();
    harness.pass(1000);
    change('v');
    await older.until(() => older.events().length > 0);
    expect(older.events()).toHaveLength(1);
    older.leave();
  });

  it('ends at the age configured', async () => {
    await start();
    const config = kongConfig([{ name: 'one' }], { max_stream_age: 0.1, __plugin_id: 'other' });
    const stream = await open(harness, inSession(await openSession(harness)), config);
    await stream.rest();
    expect(stream.text()).toContain('retry: ');
  });

  it('ends with the credential', async () => {
    await start();
    const expiresAt = Math.ceil(Date.now() / 1000) + 1;
    const request = { ...inSession(await openSession(harness)), identity: { expiresAt } };
    const stream = await open(harness, request);
    await stream.rest();
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt * 1000 - 5);
  });

  it('ends with the session', async () => {
    await start();
    const session = await openSession(harness);
    const stream = await open(harness, inSession(session));
    await harness.send({ method: 'DELETE', ...inSession(session) });
    await stream.rest();
  });

  it('ends when the gateway stops, at once', async () => {
    await start();
    const stream = await open(harness, inSession(await openSession(harness)));
    const stopping = harness.aggregator.stop(5000);
    const begun = performance.now();
    await stream.rest();
    await stopping;
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  it('ends when its configuration is replaced, and says on return that lists may differ', async () => {
    await start();
    const session = await openSession(harness);
    const stream = await open(harness, inSession(session));
    const next = kongConfig([{ name: 'one' }], { list_ttl: 61 });
    await harness.send({ json: rpc('ping') }, next);
    harness.aggregator.runtimes.sweep();
    const heard = stream.text();
    await stream.until(() => stream.text() !== heard);
    expect(stream.events()).toEqual([]);
    harness.pass(5000);
    harness.aggregator.runtimes.sweep();
    await stream.rest();
    const again = await open(harness, inSession(session, stream.lastId()), next);
    await again.until(() => again.events().length > 0);
    expect(again.events()[0]?.data.method).toBe(changed);
    again.leave();
  });
});

describe('a client that comes back with Last-Event-ID', () => {
  it('gets what it missed, once, under the same ids', async () => {
    await start();
    const session = await openSession(harness);
    const first = await open(harness, inSession(session));
    await first.until(() => first.lastId() !== '');
    first.leave();
    harness.pass(1000);
    change('u');
    await pause(300);
    const second = await open(harness, inSession(session, first.lastId()));
    await second.until(() => second.events().length > 0);
    second.leave();
    const third = await open(harness, inSession(session, first.lastId()));
    await third.until(() => third.events().length > 0);
    expect(third.events().map(({ data }) => data.method)).toEqual([changed]);
    third.leave();
    const fourth = await open(harness, inSession(session, third.lastId()));
    await fourth.until(() => /^: $/m.test(fourth.text()));
    expect(fourth.events()).toEqual([]);
    fourth.leave();
  });

  it('that nobody remembers is told that lists may have changed', async () => {
    await start();
    const session = await openSession(harness);
    const stream = await open(harness, inSession(session, 'AAAA'));
    await stream.until(() => stream.events().length > 0);
    expect(stream.events()[0]?.data.method).toBe(changed);
    stream.leave();
  });

  it('of another session gets nothing of this one', async () => {
    await start();
    const [mine, other] = [await openSession(harness), await openSession(harness)];
    const stream = await open(harness, inSession(mine));
    await stream.until(() => stream.lastId() !== '');
    const stolen = await open(harness, inSession(other, stream.lastId()));
    harness.pass(1000);
    change('u');
    await stream.until(() => stream.events().length > 0);
    stream.leave();
    stolen.leave();
  });
});

describe('a call whose client has gone', () => {
  let go: () => void;

  async function callAndLeave(): Promise<{ session: string; lastId: string }> {
    await start();
    const gate = new Promise<void>((resolve) => (go = resolve));
    upstream.script = async function* (call): AsyncGenerator<CallEvent> {
      yield note('notifications/progress', { progress: 1 });
      const aborted = new Promise<void>((resolve) =>
        call.signal.addEventListener('abort', () => resolve()),
      );
      await Promise.race([gate, aborted]);
      yield note('notifications/progress', { progress: 2 });
      yield { type: 'done', result: Buffer.from('{"late":true}') };
    };
    const session = await openSession(harness);
    const json = rpc('tools/call', { name: 'one__t' }, 'c');
    const stream = await open(harness, { method: 'POST', json, ...inSession(session) });
    await stream.until(() => stream.events().length === 1);
    stream.leave();
    await pause(50);
    return { session, lastId: stream.lastId() };
  }

  it('goes on, and its stream is taken up where it ended', async () => {
    const { session, lastId } = await callAndLeave();
    const resumed = await open(harness, inSession(session, lastId));
    go();
    await resumed.rest();
    expect(resumed.events().map(({ data }) => data)).toMatchObject([
      { params: { progress: 2 } },
      { id: 'c', result: { late: true } },
    ]);
    expect(upstream.calls[0]?.signal.aborted).toBe(false);
  });

  it('keeps its answer for a while after its end', async () => {
    const { session, lastId } = await callAndLeave();
    go();
    await pause(100);
    const resumed = await open(harness, inSession(session, lastId));
    await resumed.rest();
    expect(resumed.events().at(-1)?.data.result).toEqual({ late: true });
  });

  it('is cancelled when the client stays away', async () => {
    await callAndLeave();
    const { signal } = upstream.calls[0]!;
    expect(signal.aborted).toBe(false);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  });

  it('is not cancelled while the client is back', async () => {
    const { session, lastId } = await callAndLeave();
    const resumed = await open(harness, inSession(session, lastId));
    await pause(timing.graceMs + 100);
    expect(upstream.calls[0]?.signal.aborted).toBe(false);
    go();
    await resumed.rest();
  });

  it('is not told to another caller', async () => {
    const { lastId } = await callAndLeave();
    const foreign = await openSession(harness, { as: 'bob' });
    const stream = await open(harness, { as: 'bob', ...inSession(foreign, lastId) });
    go();
    await stream.until(() => stream.events().length > 0);
    expect(stream.events().map(({ data }) => data.method)).toEqual([changed]);
    stream.leave();
  });
});
