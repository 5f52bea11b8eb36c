import { describe, expect, it } from 'vitest';
import { Redemptions } from '../../../../lib/handles/redemptions.js';

function mint(redemptions: Redemptions, count: number): void {
  for (let n = 0; n < count; n++) redemptions.minted();
}

describe('redemptions', () => {
  it('are unusual before the first one, and not ruled out', () => {
    const redemptions = new Redemptions();
    expect([redemptions.usual, redemptions.none]).toEqual([false, false]);
    redemptions.minted();
    redemptions.redeemed();
    expect([redemptions.usual, redemptions.none]).toEqual([true, false]);
  });

  it('are no longer usual after 64 in vain, ruled out after 1,000, and back with the next one', () => {
    const redemptions = new Redemptions();
    redemptions.redeemed();
    mint(redemptions, 63);
    expect(redemptions.usual).toBe(true);
    mint(redemptions, 1);
    expect([redemptions.usual, redemptions.none]).toEqual([false, false]);
    mint(redemptions, 936);
    expect(redemptions.none).toBe(true);
    redemptions.redeemed();
    expect([redemptions.usual, redemptions.none]).toEqual([true, false]);
  });
});
