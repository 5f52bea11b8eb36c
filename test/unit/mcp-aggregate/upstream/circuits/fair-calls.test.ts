import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { answer, startHttpFixture } from '../../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';

describe('one caller with more calls than a server has connections', () => {
  let fixture: HttpFixture;
  let upstream: Upstream;
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);

  beforeEach(async () => {
    fixture = await startHttpFixture();
    fixture.on('tools/call', (arrived, response) => {
      if (arrived.params.name === 'quick') answer(arrived, response, '{"content":[]}');
    });
    upstream = urlUpstream(fixture.url, {
      timeoutMs: 5000,
      toolTimeouts: new Map([['late', 200]]),
      circuit: { failures: 2, openMs: 60_000 },
      tuning: { maxConnections: 8 },
    });
    await as('ann', 'quick');
  });
  afterEach(async () => {
    await upstream.close();
    await fixture.close();
  });

  const as = (subject: string, tool: string, signal?: AbortSignal) => {
    const call = testCall({ name: tool }, { subject, ...(signal ? { signal } : {}) });
    return only(upstream.call({ ...call, tool }));
  };
  /** Calls of one user that never end by themselves; resolves when the server has all it gets. */
  const flood = async (subject: string, count: number, reach: number) => {
    const { signal } = stop;
    for (let n = 0; n < count; n++) void as(subject, 'hang', signal);
    await fixture.until('tools/call', reach + 1);
  };

  it('leaves room for others, whose calls are sent at once', async () => {
    await flood('mallory', 100, 6);
    expect(await as('ben', 'quick')).toHaveProperty('done');
    expect(await as('cleo', 'quick')).toHaveProperty('done');
    const names = fixture.of('tools/call').map(({ params }) => params.name as string);
    expect(names.filter((name) => name === 'hang')).toHaveLength(6);
  });

  it('lists are fetched meanwhile', async () => {
    await flood('mallory', 100, 6);
    const { items } = await upstream.list('tool', new AbortController().signal);
    expect(items).toEqual([]);
  });

  it('what waits for a connection is no failure of the server, and says so', async () => {
    await flood('mallory', 100, 6);
    const waiting = await Promise.all([1, 2, 3].map(() => as('mallory', 'late')));
    for (const seen of waiting) {
      expect(seen).toMatchObject({ fail: 'overloaded', data: { server: 'srv', under_way: 6 } });
    }
    expect(upstream.status()).toMatchObject({ state: 'ready', circuit: 'closed', openTools: [] });
  });

  it('the deadline of a call counts from when it is sent', async () => {
    const first = new AbortController();
    for (let n = 0; n < 6; n++) void as('ann', 'hang', n === 0 ? first.signal : stop.signal);
    await fixture.until('tools/call', 7);
    let isOver = false;
    const late = as('ann', 'late').finally(() => (isOver = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const sent = fixture.until('tools/call', 8);
    const begun = performance.now();
    first.abort();
    await sent;
    expect(isOver).toBe(false);
    expect(await late).toMatchObject({ fail: 'upstream_timeout', data: { deadline_ms: 200 } });
    expect(performance.now() - begun).toBeGreaterThan(190);
  });

  it('a waiting call that is cancelled leaves its place in the queue, and takes none', async () => {
    await flood('mallory', 6, 6);
    const cancel = new AbortController();
    const waiting = as('mallory', 'quick', cancel.signal);
    cancel.abort();
    expect(await waiting).toMatchObject({ fail: 'cancelled' });
    expect(await as('ben', 'quick')).toHaveProperty('done');
    expect(await as('ben', 'quick')).toHaveProperty('done');
  });

  it('also of all calls that a server takes, nobody has so many that others have none', async () => {
    await upstream.close();
    upstream = urlUpstream(fixture.url, { tuning: { maxCalls: 8 } });
    await flood('mallory', 20, 6);
    expect(await as('mallory', 'quick')).toMatchObject({ fail: 'overloaded' });
    expect(await as('ben', 'quick')).toHaveProperty('done');
  });
});
