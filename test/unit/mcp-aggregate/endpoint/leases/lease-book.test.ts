import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { entryBytes } from '../../../../../lib/held/limits.js';
import { LeaseBook } from '../../../../../plugins/mcp-aggregate/endpoint/leases/lease-book.js';
import type { LeaseName } from '../../../../../plugins/mcp-aggregate/endpoint/leases/lease-book.js';

const ms = 10_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function nameOf(more: Partial<LeaseName> = {}): LeaseName {
  const base = { keeper: 1, config: 'hash', server: 's', context: 'ann', conversation: 'c' };
  return { ...base, ...more };
}

function lend(secret = 'swordfish', more: { ms?: number } = {}) {
  return { headers: { authorization: secret }, offered: new Set(['tools']), ms, ...more };
}

/** A book in which this name has a lease. */
function lent(name = nameOf(), book = new LeaseBook()): LeaseBook {
  book.take(book.use(name, 'ann').ask!, lend());
  return book;
}

const secretIn = (book: LeaseBook, name = nameOf()) =>
  book.use(name, 'ann').lent?.headers['authorization'];

describe('a lease', () => {
  it('is asked for once, and used from its answer on', () => {
    const book = new LeaseBook();
    const { lent: before, ask } = book.use(nameOf(), 'ann');
    expect([before, typeof ask]).toEqual([undefined, 'number']);
    expect(book.use(nameOf(), 'ann')).toEqual({ lent: undefined, ask: undefined });
    book.take(ask!, lend());
    expect(secretIn(book)).toBe('swordfish');
    expect(book.use(nameOf(), 'ann').ask).toBeUndefined();
  });

  it.each([
    { keeper: 2 },
    { config: 'other' },
    { server: 't' },
    { context: 'ben' },
    { conversation: 'd' },
  ])('serves no call with another %o', (more) => {
    expect(secretIn(lent(), nameOf(more))).toBeUndefined();
  });

  it('ends its time after it was asked for, and nothing of it is kept', () => {
    const book = new LeaseBook();
    const { ask } = book.use(nameOf(), 'ann');
    vi.advanceTimersByTime(3_000);
    book.take(ask!, lend());
    vi.advanceTimersByTime(ms - 3_001);
    expect(secretIn(book)).toBe('swordfish');
    vi.advanceTimersByTime(1);
    expect(secretIn(book)).toBeUndefined();
    vi.advanceTimersByTime(60_000);
    expect(book.bytes).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lasts no longer than here is meant, and as short as its keeper says', () => {
    for (const given of [1_000, 60_000]) {
      const book = new LeaseBook();
      book.take(book.use(nameOf(), 'ann').ask!, lend('x', { ms: given }));
      vi.advanceTimersByTime(Math.min(given, ms) - 1);
      expect(secretIn(book)).toBe('x');
      vi.advanceTimersByTime(1);
      expect(secretIn(book)).toBeUndefined();
    }
  });

  it('is renewed by who uses it in its second half, and used on meanwhile', () => {
    const book = lent();
    vi.advanceTimersByTime(ms / 2);
    const { lent: old, ask } = book.use(nameOf(), 'ann');
    expect(old?.headers['authorization']).toBe('swordfish');
    expect(book.use(nameOf(), 'ann').ask).toBeUndefined();
    book.take(ask!, lend('next'));
    vi.advanceTimersByTime(ms - 1);
    expect(secretIn(book)).toBe('next');
  });

  it('is over where its keeper does not renew it', () => {
    const book = lent();
    vi.advanceTimersByTime(ms / 2);
    book.take(book.use(nameOf(), 'ann').ask!, undefined);
    expect(secretIn(book)).toBeUndefined();
  });
});

describe('a keeper', () => {
  it('that has nothing to lend is left alone for a moment', () => {
    const book = new LeaseBook();
    book.take(book.use(nameOf(), 'ann').ask!, undefined);
    expect(book.use(nameOf(), 'ann').ask).toBeUndefined();
    vi.advanceTimersByTime(250);
    expect(book.use(nameOf(), 'ann').ask).toBeDefined();
  });

  it('that does not answer is asked again, and its late answer is no lease', () => {
    const book = new LeaseBook();
    const late = book.use(nameOf(), 'ann').ask!;
    vi.advanceTimersByTime(5_000);
    const { ask } = book.use(nameOf(), 'ann');
    expect(ask).toBeDefined();
    book.take(late, lend());
    expect(secretIn(book)).toBeUndefined();
    book.take(ask!, lend());
    expect(secretIn(book)).toBe('swordfish');
  });

  it('takes back the leases that it names', () => {
    const book = new LeaseBook();
    const [one, other] = [nameOf(), nameOf({ server: 't' })];
    const ask = book.use(one, 'ann').ask!;
    book.take(ask, lend());
    lent(other, book);
    book.recall([ask]);
    expect([secretIn(book, one), secretIn(book, other)]).toEqual([undefined, 'swordfish']);
    expect(book.use(one, 'ann').ask).toBeUndefined();
  });

  it('takes back nothing by the name of a lease that was renewed since', () => {
    const book = new LeaseBook();
    const first = book.use(nameOf(), 'ann').ask!;
    book.take(first, lend());
    vi.advanceTimersByTime(ms / 2);
    book.take(book.use(nameOf(), 'ann').ask!, lend('next'));
    book.recall([first]);
    expect(secretIn(book)).toBe('next');
  });

  it('that has gone has lent nothing', () => {
    const book = lent();
    lent(nameOf({ keeper: 2 }), book);
    book.lost(1);
    expect([secretIn(book), secretIn(book, nameOf({ keeper: 2 }))]).toEqual([
      undefined,
      'swordfish',
    ]);
  });
});

describe('a conversation that is dropped', () => {
  it('has no lease at any server, nor one that was asked for before', () => {
    const book = lent();
    const asked = book.use(nameOf({ server: 't' }), 'ann').ask!;
    lent(nameOf({ conversation: 'd' }), book);
    book.drop('c');
    book.take(asked, lend());
    expect(book.bytes).toBe(lent(nameOf({ conversation: 'd' })).bytes);
    expect(secretIn(book)).toBeUndefined();
    expect(secretIn(book, nameOf({ server: 't' }))).toBeUndefined();
    expect(secretIn(book, nameOf({ conversation: 'd' }))).toBe('swordfish');
  });
});

describe('what a book holds', () => {
  const size = entryBytes + 100;

  it('is bounded for one caller, who takes no room from another', () => {
    const book = new LeaseBook({ bytes: 4 * size, ofOne: 2 * size });
    const of = (caller: string, n: number) =>
      book.use(nameOf({ context: caller, conversation: `${n}` }), caller).ask !== undefined;
    expect([1, 2, 3].map((n) => of('ann', n))).toEqual([true, true, false]);
    expect([1, 2, 3].map((n) => of('ben', n))).toEqual([true, true, false]);
    expect(of('cleo', 1)).toBe(false);
  });

  it('is bounded with what was lent, and free again when that is over', () => {
    const book = new LeaseBook({ bytes: 10 * size, ofOne: 2 * size });
    const { ask } = book.use(nameOf(), 'ann');
    book.take(ask!, lend('x'.repeat(2 * size)));
    expect(secretIn(book)).toBeUndefined();
    expect(book.bytes).toBeLessThan(size);
    vi.advanceTimersByTime(ms);
    expect(book.bytes).toBe(0);
  });
});
