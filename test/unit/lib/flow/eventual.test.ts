import { describe, expect, it } from 'vitest';
import { allOf, andThen } from '../../../../lib/flow/eventual.js';

describe('andThen', () => {
  it('goes on at once where the value is there', () => {
    const seen: number[] = [];
    expect(andThen(1, (one) => seen.push(one))).toBe(1);
    expect(seen).toEqual([1]);
  });

  it('goes on with what a promise brings, and rejects with what it fails on', async () => {
    await expect(andThen(Promise.resolve(1), (one) => one + 1)).resolves.toBe(2);
    const next = (): never => {
      throw new Error('must not be called');
    };
    await expect(andThen(Promise.reject<number>(new Error('it')), next)).rejects.toThrow('it');
  });

  it('throws what the next step throws where it is called at once', () => {
    const fails = (): never => {
      throw new TypeError('no');
    };
    expect(() => andThen(1, fails)).toThrow(TypeError);
  });
});

describe('allOf', () => {
  const done = Promise.resolve();

  it('has nothing to wait for where there is nothing', () => {
    expect(allOf([])).toBeUndefined();
    expect(allOf([undefined, undefined])).toBeUndefined();
  });

  it('waits for a promise that stands for many once', () => {
    expect(allOf([done, undefined, done])).toBe(done);
  });

  it('waits for each of several', async () => {
    const ended: string[] = [];
    const slow = (name: string) =>
      new Promise<void>((resolve) =>
        setImmediate(() => {
          ended.push(name);
          resolve();
        }),
      );
    await allOf([slow('a'), done, slow('b')]);
    expect(ended).toEqual(['a', 'b']);
  });

  it('rejects where one of several does', async () => {
    await expect(allOf([done, Promise.reject(new Error('one'))])).rejects.toThrow('one');
  });
});
