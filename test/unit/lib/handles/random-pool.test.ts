import { describe, expect, it } from 'vitest';
import { RandomPool } from '../../../../lib/handles/random-pool.js';

describe('RandomPool', () => {
  it('never gives the same bytes twice, over many fillings', () => {
    const pool = new RandomPool();
    const taken = Array.from({ length: 2_000 }, () => pool.take(16).toString('hex'));
    expect(new Set(taken).size).toBe(2_000);
  });

  it('gives as many bytes as asked for, none of them left from the pool', () => {
    const pool = new RandomPool();
    for (const count of [1, 31, 8192, 5, 8000, 300]) {
      const bytes = pool.take(count);
      expect(bytes.length).toBe(count);
      if (count > 16) expect(bytes.every((byte) => byte === 0)).toBe(false);
    }
  });

  it('gives bytes that later ones do not overwrite', () => {
    const pool = new RandomPool();
    const first = pool.take(32);
    const copy = Buffer.from(first);
    for (let n = 0; n < 1_000; n += 1) pool.take(32);
    expect(first.equals(copy)).toBe(true);
  });
});
