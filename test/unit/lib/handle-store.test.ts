import { describe, expect, it } from 'vitest';
import { McpError } from '../../../lib/errors.js';
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

  it('is bounded: full of live handles it refuses, and goes on as they expire or are used', () => {
    const { clock, store } = storeAt(0, { capacity: 2, lifetimeMs: 10 });
    const first = store.mint('oauth', 'a');
    clock.now = 5;
    store.mint('oauth', 'b');
    expect(() => store.mint('oauth', 'c')).toThrow(McpError);
    expect(() => store.mint('oauth', 'c')).toThrow(expect.objectContaining({ code: 'overloaded' }));
    expect(store.redeem('oauth', first)).toBe('a');
    store.mint('oauth', 'c');
    expect(() => store.mint('oauth', 'd')).toThrow(McpError);
    clock.now = 10;
    expect(() => store.mint('oauth', 'd')).toThrow(McpError);
    clock.now = 15;
    store.mint('oauth', 'd');
    expect(store.size).toBe(1);
  });

  it('drops its oldest handle instead, where it was told to', () => {
    const { store } = storeAt(0, { capacity: 2, dropOldest: true });
    const handles = ['a', 'b', 'c'].map((record) => store.mint('oauth', record));
    expect(store.size).toBe(2);
    expect(handles.map((handle) => store.redeem('oauth', handle))).toEqual([undefined, 'b', 'c']);
  });

  it('holds 100,000 handles where nothing is said', () => {
    const { store } = storeAt();
    for (let i = 0; i < 100_000; i++) store.mint('oauth', '');
    expect(() => store.mint('oauth', '')).toThrow(McpError);
  });
});
