import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../../../../plugins/mcp-aggregate/core/calls/call.js';
import { eventSteps } from '../../../../../plugins/mcp-aggregate/core/calls/event-steps.js';

const note = (method: string): CallEvent => ({ type: 'note', method, params: undefined });

function source(...events: readonly CallEvent[]) {
  const state = { opened: 0, left: 0, closed: 0 };
  const open = () => {
    state.opened += 1;
    return (async function* () {
      try {
        for (const event of events) yield await Promise.resolve(event);
      } finally {
        state.closed += 1;
      }
    })();
  };
  const leave = () => void (state.left = 1);
  return { state, open, leave };
}

const same = (event: CallEvent) => event;

/** Heap in use after a collection. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('eventSteps', () => {
  it('holds nothing of what it leaves out, however much that is', async () => {
    let left = 200_000;
    let before = 0;
    let grown = 0;
    const open = () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => {
          if (left === 200_000) before = heapUsed();
          if (--left === 0) grown = heapUsed() - before;
          return Promise.resolve({ done: false as const, value: note(left > 0 ? 'a' : 'last') });
        },
      }),
    });
    const each = (event: CallEvent) =>
      'method' in event && event.method === 'last' ? event : undefined;
    const { value } = await eventSteps({ open, each }).next();
    expect(value).toEqual(note('last'));
    expect(grown).toBeLessThan(10_000_000);
  });

  it('begins with the first event, does its work on each, and ends', async () => {
    const { state, open, leave } = source(note('a'), note('b'));
    const events = eventSteps({ open, leave, each: () => note('changed') });
    expect(state.opened).toBe(0);
    const seen: CallEvent[] = [];
    for await (const event of events) seen.push(event);
    expect(seen).toEqual([note('changed'), note('changed')]);
    expect(state).toEqual({ opened: 1, left: 1, closed: 1 });
    expect(await events.next()).toMatchObject({ done: true });
  });

  it('leaves out what it answers undefined for', async () => {
    const { open } = source(note('a'), note('b'), note('c'));
    const each = (event: CallEvent) =>
      'method' in event && event.method === 'b' ? event : undefined;
    const seen: CallEvent[] = [];
    for await (const event of eventSteps({ open, each })) seen.push(event);
    expect(seen).toEqual([note('b')]);
  });

  it('tells its source when the consumer leaves', async () => {
    const { state, open, leave } = source(note('a'), note('b'));
    for await (const event of eventSteps({ open, leave, each: same })) {
      expect(event).toEqual(note('a'));
      break;
    }
    expect(state).toEqual({ opened: 1, left: 1, closed: 1 });
  });

  it('tells its source when its own work fails, and the consumer why', async () => {
    const { state, open, leave } = source(note('a'), note('b'));
    const each = () => {
      throw new Error('cannot');
    };
    const events = eventSteps({ open, leave, each });
    await expect(events.next()).rejects.toThrow('cannot');
    expect(await events.next()).toMatchObject({ done: true });
    expect(state).toEqual({ opened: 1, left: 1, closed: 1 });
  });

  it('leaves when its source fails', async () => {
    const { state, leave } = source();
    const open = () => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('broken')) }),
    });
    await expect(eventSteps({ open, leave, each: same }).next()).rejects.toThrow('broken');
    expect(state.left).toBe(1);
  });
});
