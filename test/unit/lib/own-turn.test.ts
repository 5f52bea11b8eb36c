import { describe, expect, it } from 'vitest';
import { ownTurn } from '../../../lib/own-turn.js';

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
