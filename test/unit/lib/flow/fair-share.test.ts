import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairShare } from '../../../../lib/flow/fair-share.js';

/** Takes places until none is given. */
function fill(shares: FairShare, holder: string): number {
  let count = 0;
  while (shares.take(holder)) count++;
  return count;
}

describe('FairShare', () => {
  it('gives a single holder three quarters, and those who come then their part of the rest', () => {
    const shares = new FairShare(128);
    expect(fill(shares, 'mallory')).toBe(96);
    expect(fill(shares, 'ben')).toBe(24);
    expect(fill(shares, 'cleo')).toBe(6);
    expect(shares.take('dora')).toBe(true);
  });

  it('gives nearly all to many with one each', () => {
    const shares = new FairShare(128);
    for (let n = 0; n < 128; n++) expect(shares.take(`user ${n}`)).toBe(true);
    expect(shares.take('one more')).toBe(false);
    shares.give('user 3');
    expect(shares.take('one more')).toBe(true);
  });

  it('gives the only place to the only holder', () => {
    expect(fill(new FairShare(1), 'ann')).toBe(1);
  });

  it('gives a place that is free to the one who has fewest, in the order of their coming', () => {
    const shares = new FairShare(2);
    const granted: string[] = [];
    for (const holder of ['ann', 'ben']) shares.take(holder);
    for (const holder of ['ann', 'ann', 'cleo', 'dora', 'cleo'])
      shares.wait(holder, () => granted.push(holder));
    shares.give('ben');
    shares.give('cleo');
    expect(granted).toEqual(['cleo', 'dora']);
    shares.give('dora');
    shares.give('cleo');
    expect(granted.slice(2)).toEqual(['cleo', 'ann']);
  });

  it('forgets who has ended their waiting', () => {
    const shares = new FairShare(1);
    shares.take('ann');
    const leave = shares.wait('ben', () => expect.unreachable());
    leave();
    shares.give('ann');
    expect(shares.taken).toBe(0);
    expect(shares.take('ben')).toBe(true);
  });

  it('never gives more than there are, never leaves a place unused that may be had, and forgets all', () => {
    const step = fc.record({ holder: fc.constantFrom('a', 'b', 'c', 'd'), give: fc.boolean() });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(step, { maxLength: 60 }),
        (most, steps) => {
          const shares = new FairShare(most);
          const held: string[] = [];
          const waiting: string[] = [];
          for (const { holder, give } of steps) {
            if (give) {
              const at = held.indexOf(holder);
              if (at < 0) continue;
              held.splice(at, 1);
              shares.give(holder);
            } else if (shares.take(holder)) held.push(holder);
            else {
              waiting.push(holder);
              shares.wait(holder, () => {
                waiting.splice(waiting.indexOf(holder), 1);
                held.push(holder);
              });
            }
            expect(shares.taken).toBe(held.length);
            expect(held.length).toBeLessThanOrEqual(most);
            expect(waiting.some((one) => shares.hasRoom(one))).toBe(false);
          }
          while (held.length > 0) shares.give(held.pop()!);
          expect([shares.taken, waiting]).toEqual([0, []]);
        },
      ),
    );
  });
});
