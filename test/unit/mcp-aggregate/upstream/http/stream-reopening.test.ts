import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ServerStream } from '../../../../../plugins/mcp-aggregate/upstream/http/streams/server-stream.js';
import { event } from '../../../../support/upstreams/http-fixture.js';
import { serverConfig } from '../../../../support/upstreams/under-test.js';

describe('the own stream of a server, once more', () => {
  it('may end and be opened again for ever, and nothing piles up', async () => {
    await openedWith(['retry: 1000\n\n'], async (gets) => {
      while (gets.length < 20) await vi.advanceTimersByTimeAsync(1000);
      expect(getEventListeners(gets.at(-1)!, 'abort').length).toBeLessThan(3);
    });
  });

  it('that ends again and again says seldom that something may have been missed', async () => {
    let missed = 0;
    const run = async (gets: readonly AbortSignal[]) => {
      for (let second = 0; second < 60; second++) await vi.advanceTimersByTimeAsync(1000);
      expect(gets.length).toBeGreaterThan(30);
      expect(missed).toBeGreaterThan(3);
      expect(missed).toBeLessThan(8);
    };
    await openedWith(['data: {}\n\n'], run, { onMissed: () => void (missed += 1) });
  });

  it('that ends as soon as it is open is opened ever less often', async () => {
    await openedWith([], async (gets) => {
      await vi.advanceTimersByTimeAsync(10 * 60_000);
      expect(gets.length).toBeGreaterThan(8);
      expect(gets.length).toBeLessThan(30);
    });
  });

  it('that floods with what nobody waits for is left alone for half a minute', async () => {
    let taken = 0;
    const many = event('{}').repeat(100);
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => written.mockRestore());
    const chunks = Array.from({ length: 30 }, () => many);
    const run = async (gets: readonly AbortSignal[]) => {
      await vi.waitFor(() => expect(taken).toBeGreaterThan(1_000));
      const before = taken;
      await vi.advanceTimersByTimeAsync(29_000);
      expect([gets.length, taken]).toEqual([1, before]);
      await vi.advanceTimersByTimeAsync(32_000);
      expect(gets.length).toBe(2);
    };
    await openedWith(chunks, run, { onMessage: () => void (taken += 1) });
    expect(written.mock.calls.join()).toContain('"upstream_stream_flooded"');
  });
});

/** Each GET is answered with a stream of these chunks; what runs has a clock of its own. */
async function openedWith(
  chunks: readonly string[],
  run: (gets: readonly AbortSignal[]) => Promise<void>,
  { onMessage = () => {}, onMissed = () => {} } = {},
): Promise<void> {
  const gets: AbortSignal[] = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const stream = new ServerStream({
    server: serverConfig({ target: 'http://127.0.0.1/' }),
    get: (_id, signal) => {
      gets.push(signal);
      const headers = { 'content-type': 'text/event-stream' };
      const body = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
      return Promise.resolve({ statusCode: 200, headers, body } as never);
    },
    onMessage,
    onMissed,
    wanted: () => 0,
    onRefused: () => undefined,
    floodBounds: { messages: 1_000, bytes: 1_048_576, windowMs: 10_000 },
  });
  try {
    await stream.open();
    await run(gets);
  } finally {
    stream.close();
    vi.useRealTimers();
  }
}
