import { describe, expect, it } from 'vitest';
import { ownTurn, turnWhenDue } from '../../../lib/own-turn.js';

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
  it('goes on in the same turn while there is time, and gives way when there is none', async () => {
    await ownTurn();
    let turns = 0;
    const counting = setInterval(() => undefined, 1_000);
    const count = () => {
      turns++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const began = performance.now();
    while (performance.now() - began < 40) await turnWhenDue();
    clearInterval(counting);
    clearImmediate(immediate);
    expect(turns).toBeGreaterThan(2);
    expect(turns).toBeLessThan(25);
  });

  it('counts from the turn that was given, whatever it was given for', async () => {
    await ownTurn();
    let gaveWay = false;
    setImmediate(() => (gaveWay = true));
    await turnWhenDue();
    expect(gaveWay).toBe(false);
    const began = performance.now();
    while (performance.now() - began < 5);
    await turnWhenDue();
    expect(gaveWay).toBe(true);
  });
});
