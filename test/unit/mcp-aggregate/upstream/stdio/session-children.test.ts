import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ChildCount } from '../../../../../plugins/mcp-aggregate/upstream/stdio/child-count.js';
import type { Keeper } from '../../../../../plugins/mcp-aggregate/upstream/stdio/keeper.js';
import { SessionChildren } from '../../../../../plugins/mcp-aggregate/upstream/stdio/session-children.js';

let ended: string[];

/** Children that run until they are ended, two at most. */
function setUp(mostKept = 10) {
  const children = new SessionChildren({
    server: 'srv',
    idleMs: 1_000,
    mostKept,
    counts: [new ChildCount(2)],
    keep: ({ conversation = '' }, { admit }) => {
      let leave = () => {};
      const keeper = {
        running: false,
        busy: false,
        open: async () => {
          leave = await admit();
          keeper.running = true;
        },
        close: () => {
          leave();
          keeper.running = false;
          ended.push(conversation);
          return Promise.resolve();
        },
      };
      return keeper as unknown as Keeper;
    },
  });
  const start = (conversation: string) => children.of({ context: 'c', conversation }).open();
  return { children, start };
}

beforeEach(() => {
  ended = [];
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

it('a child that is held is not ended for being idle, and is once it is released', async () => {
  const { children, start } = setUp();
  for (const conversation of ['held', 'other']) await start(conversation);
  expect(children.hold('held')).toBe(true);
  vi.advanceTimersByTime(5_000);
  expect(ended).toEqual(['other']);
  children.release('held');
  vi.advanceTimersByTime(1_000);
  expect(ended).toEqual(['other', 'held']);
});

it('a child that is held does not make room for another', async () => {
  const { children, start } = setUp();
  for (const conversation of ['held', 'other']) await start(conversation);
  children.hold('held');
  await start('third');
  expect(ended).toEqual(['other']);
  children.hold('third');
  await expect(Promise.resolve(start('fourth'))).rejects.toMatchObject({ code: 'overloaded' });
});

it('no more are held than may be kept; a child that is ended is held no more', async () => {
  const { children } = setUp(2);
  expect(['a', 'b', 'a', 'c'].map((name) => children.hold(name))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  children.end('a');
  expect(children.hold('c')).toBe(true);
  await children.close();
});
