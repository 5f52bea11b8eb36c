import { describe, expect, it } from 'vitest';
import { HandleStore } from '../../../lib/handle-store.js';
import type { HandleStoreOptions } from '../../../lib/handle-store.js';

function storeAt(start = 0, options: Omit<HandleStoreOptions, 'now'> = {}) {
  const clock = { now: start };
  return { clock, store: new HandleStore<string>({ ...options, now: () => clock.now }) };
}

describe('HandleStore', () => {
  it('gives the record back once', () => {
    const { store } = storeAt();
    const handle = store.mint('oauth', 'record');
    expect(store.redeem('oauth', handle)).toBe('record');
    expect(store.redeem('oauth', handle)).toBeUndefined();
    expect(store.size).toBe(0);
  });

  it('keeps records apart', () => {
    const { store } = storeAt();
    const handles = Array.from({ length: 100 }, (_, i) => store.mint('oauth', `record ${i}`));
    expect(new Set(handles).size).toBe(100);
    for (const [i, handle] of [...handles.entries()].reverse()) {
      expect(store.redeem('oauth', handle)).toBe(`record ${i}`);
    }
  });

  it('mints 256 random bits that are safe in a header', () => {
    expect(storeAt().store.mint('oauth', '')).toMatch(/^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$/);
  });

  it('does not take a handle of another direction, which is then used up', () => {
    const { store } = storeAt();
    const handle = store.mint('oauth', 'record');
    expect(store.redeem('aggregator', handle)).toBeUndefined();
    expect(store.redeem('oauth', handle)).toBeUndefined();
    const other = store.mint('internal', 'record');
    expect(store.redeem('oauth', other)).toBeUndefined();
  });

  it('takes a handle until its lifetime ends', () => {
    const { clock, store } = storeAt(1000);
    const [early, late] = [store.mint('oauth', 'early'), store.mint('oauth', 'late')];
    clock.now = 1000 + 119_999;
    expect(store.redeem('oauth', early)).toBe('early');
    clock.now = 1000 + 120_000;
    expect(store.redeem('oauth', late)).toBeUndefined();
  });

  it('takes another lifetime', () => {
    const { clock, store } = storeAt(0, { lifetimeMs: 10 });
    const handle = store.mint('oauth', 'record');
    clock.now = 10;
    expect(store.redeem('oauth', handle)).toBeUndefined();
  });

  it('refuses a forged secret without using up the record', () => {
    const { store } = storeAt();
    const handle = store.mint('oauth', 'record');
    const [id, secret] = handle.split('.') as [string, string];
    const flipped = Buffer.from(secret, 'base64url');
    flipped[15]! ^= 1;
    const forged = [
      `${id}.${flipped.toString('base64url')}`,
      `${id}.${secret.slice(0, -2)}`,
      `${id}.${secret}AA`,
      `${id}.`,
      id,
      `.${secret}`,
      `${id}.${secret}.${secret}`,
      `${id}.${id}`,
      `${secret}.${id}`,
      '',
      '.',
      'constructor.x',
    ];
    for (const text of forged) expect(store.redeem('oauth', text)).toBeUndefined();
    expect(store.redeem('oauth', handle)).toBe('record');
  });

  it('refuses a handle of another store', () => {
    const handle = storeAt().store.mint('oauth', 'record');
    expect(storeAt().store.redeem('oauth', handle)).toBeUndefined();
  });

  it('is bounded: of a flood it keeps the newest, at least half its capacity', () => {
    const { store } = storeAt(0, { capacity: 10 });
    const handles = Array.from({ length: 98 }, (_, n) => store.mint('oauth', `record ${n}`));
    expect(store.size).toBeLessThanOrEqual(10);
    const kept = handles.filter((handle) => store.redeem('oauth', handle) !== undefined);
    expect(kept.length).toBeGreaterThanOrEqual(5);
    expect(kept).toEqual(handles.slice(-kept.length));
  });

  it('forgets what has expired, within two lifetimes', () => {
    const { clock, store } = storeAt(0, { lifetimeMs: 10 });
    for (let n = 0; n < 50; n += 1) store.mint('oauth', 'old');
    clock.now = 10;
    store.mint('oauth', 'new');
    clock.now = 20;
    store.mint('oauth', 'newer');
    expect(store.size).toBe(2);
  });

  it('keeps a handle over the turn of a generation', () => {
    const { clock, store } = storeAt(0, { lifetimeMs: 10 });
    clock.now = 9;
    const handle = store.mint('oauth', 'record');
    clock.now = 11;
    store.mint('oauth', 'other');
    expect(store.redeem('oauth', handle)).toBe('record');
    expect(store.redeem('oauth', handle)).toBeUndefined();
  });
});
