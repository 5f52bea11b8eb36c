import { describe, expect, it, vi } from 'vitest';
import { HandleStore } from '../../../../lib/handles/handle-store.js';
import type { HandleStoreOptions } from '../../../../lib/handles/handle-store.js';

const wide = { bytes: 1_000_000, ofOne: 1_000_000, ms: 120_000 };

function storeAt(start = 0, options: Partial<HandleStoreOptions> = {}) {
  const clock = { now: start };
  return { clock, store: new HandleStore<string>({ ...wide, ...options, now: () => clock.now }) };
}

/** Mints so many and answers which of them are still good. */
function kept(store: HandleStore<string>, handles: readonly string[]): string[] {
  return handles.filter((handle) => store.redeem('oauth', handle) !== undefined);
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
    expect(storeAt().store.mint('oauth', '')).toMatch(
      /^[a-z0-9]+\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$/,
    );
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
    const { clock, store } = storeAt(0, { ms: 10 });
    const handle = store.mint('oauth', 'record');
    clock.now = 10;
    expect(store.redeem('oauth', handle)).toBeUndefined();
  });

  it('refuses a forged secret without using up the record', () => {
    const { store } = storeAt();
    const handle = store.mint('oauth', 'record');
    const [group, id, secret] = handle.split('.') as [string, string, string];
    const flipped = Buffer.from(secret, 'base64url');
    flipped[15]! ^= 1;
    const forged = [
      `${group}.${id}.${flipped.toString('base64url')}`,
      `${group}.${id}.${secret.slice(0, -2)}`,
      `${group}.${id}.${secret}AA`,
      `${group}.${id}.`,
      `${id}.${secret}`,
      `${group}..${secret}`,
      `.${id}.${secret}`,
      `${group}.${id}.${secret}.${secret}`,
      `${group}.${id}.${id}`,
      `${group}.${secret}.${id}`,
      '',
      '..',
      'constructor.constructor.x',
    ];
    for (const text of forged) expect(store.redeem('oauth', text)).toBeUndefined();
    expect(store.redeem('oauth', handle)).toBe('record');
  });

  it('refuses a handle of another store', () => {
    const handle = storeAt().store.mint('oauth', 'record');
    expect(storeAt().store.redeem('oauth', handle)).toBeUndefined();
  });

  it('counts each record and 1 KiB, to the byte, and gives all of it back', () => {
    const { store } = storeAt();
    const handles = [7, 0, 4_000].map((bytes) => store.mint('oauth', 'record', 'alice', bytes));
    expect(store.bytes).toBe(3 * 1_024 + 4_007);
    for (const handle of handles) store.redeem('oauth', handle);
    expect(store.bytes).toBe(0);
  });

  it('keeps of a flood of one owner the newest, at least half its share and never more than that', () => {
    const { store } = storeAt(0, { ofOne: 10 * 1_024 });
    const handles = Array.from({ length: 98 }, () => store.mint('oauth', 'record', 'eve'));
    expect(store.bytes).toBeLessThanOrEqual(10 * 1_024);
    const left = kept(store, handles);
    expect(left.length).toBeGreaterThanOrEqual(5);
    expect(left).toEqual(handles.slice(-left.length));
  });

  it('lets the flood of one owner cost no other anything', () => {
    const { store } = storeAt(0, { bytes: 64 * 1_024, ofOne: 10 * 1_024 });
    const alice = Array.from({ length: 4 }, () => store.mint('oauth', 'record', 'alice', 1_000));
    for (let n = 0; n < 1_000; n++) store.mint('oauth', 'record', 'eve', n % 3_000);
    expect(store.bytes).toBeLessThanOrEqual(64 * 1_024);
    expect(kept(store, alice)).toEqual(alice);
  });

  it('never holds more than the whole, and keeps the newest, whoever and how many mint', () => {
    const most = 40 * 1_024;
    const { store } = storeAt(0, { bytes: most, ofOne: 10 * 1_024 });
    let newest = '';
    for (let n = 0; n < 5_000; n++) {
      newest = store.mint('oauth', 'record', `user ${n % 900}`, n % 2_000);
      expect(store.bytes).toBeLessThanOrEqual(most);
    }
    expect(store.redeem('oauth', newest)).toBe('record');
    store.sweep();
    store.sweep();
    expect([store.bytes, store.size]).toEqual([0, 0]);
  });

  it('has room for an owner up to a quarter of its share, and for all up to half of the whole', () => {
    const { store } = storeAt(0, { bytes: 64 * 1_024, ofOne: 16 * 1_024 });
    for (let n = 0; n < 4; n++) {
      expect(store.hasRoom('eve')).toBe(true);
      store.mint('oauth', 'record', 'eve');
    }
    expect([store.hasRoom('eve'), store.hasRoom('alice')]).toEqual([false, true]);
    for (let n = 0; n < 28; n++) store.mint('oauth', 'record', `user ${n}`);
    expect(store.hasRoom('alice')).toBe(false);
  });

  it('gives memory back by itself, without another request', () => {
    vi.useFakeTimers();
    try {
      const { store } = storeAt(0, { ms: 10 });
      for (let n = 0; n < 50; n++) store.mint('oauth', 'old', `user ${n}`);
      vi.advanceTimersByTime(20);
      expect([store.bytes, store.size, vi.getTimerCount()]).toEqual([0, 0, 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps a handle over the turn of a generation', () => {
    const { clock, store } = storeAt(0, { ms: 10 });
    clock.now = 9;
    const handle = store.mint('oauth', 'record');
    store.sweep();
    expect(store.redeem('oauth', handle)).toBe('record');
    expect(store.redeem('oauth', handle)).toBeUndefined();
  });
});
