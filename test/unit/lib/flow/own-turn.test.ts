import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ownTurn, turnWhenDue } from '../../../../lib/flow/own-turn.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('ownTurn', () => {
  it('gives each turn of the event loop to one, in the order they came', async () => {
    const went: number[] = [];
    for (const n of [1, 2, 3]) void ownTurn().then(() => went.push(n));
    expect(went).toEqual([]);
    for (const n of [1, 2, 3]) {
      await turn();
      expect(went).toEqual([1, 2, 3].slice(0, n));
    }
  });

  it('lets one that comes back wait behind the others', async () => {
    const went: string[] = [];
    const work = async (name: string) => {
      for (let n = 0; n < 3; n++) {
        await ownTurn();
        went.push(name);
      }
    };
    await Promise.all([work('a'), work('b')]);
    expect(went.join('')).toBe('ababab');
  });
});

describe('turnWhenDue', () => {
  let now = 1_000_000;
  beforeEach(() => {
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('gives way by time: each 4 ms, whatever the number of things done', async () => {
    await ownTurn();
    let turns = 0;
    let immediate = setImmediate(function count() {
      turns++;
      immediate = setImmediate(count);
    });
    for (let n = 0; n < 1_000; n++) await turnWhenDue();
    expect(turns).toBe(0);
    for (let n = 0; n < 20; n++) {
      now += 2;
      await turnWhenDue();
    }
    clearImmediate(immediate);
    expect(turns).toBeGreaterThanOrEqual(9);
    expect(turns).toBeLessThanOrEqual(11);
  });

  it('gives way at once where the last turn was given long ago', async () => {
    await ownTurn();
    now += 60_000;
    let gaveWay = false;
    setImmediate(() => (gaveWay = true));
    await turnWhenDue();
    expect(gaveWay).toBe(true);
  });
});
