import { describe, expect, it } from 'vitest';
import { InstanceBook } from '../../../../kong/pluginserver/workers/instance-book.js';

const config = (length: number): Uint8Array => new Uint8Array(length);

function bookOf(options: { bytes?: number; idleMs?: number } = {}) {
  const gone: number[] = [];
  const clock = { now: 1_000 };
  const onGone = (id: number): void => void gone.push(id);
  const book = new InstanceBook({ onGone, now: () => clock.now, idleMs: 100, ...options });
  const add = (length = 10): number => book.add('p', config(length))?.id ?? 0;
  return { book, gone, clock, add };
}

describe('the book of instances', () => {
  it('keeps name and configuration under ids of its own', () => {
    const { book } = bookOf();
    const known = book.add('p', config(3));
    expect(known).toMatchObject({ name: 'p', config: config(3) });
    expect(book.get(known!.id)).toBe(known);
    expect(book.get(known!.id + 1)).toBeUndefined();
    expect(book.all()).toEqual([known]);
  });

  it('lets go of what no worker has used for too long, and says so', () => {
    const { book, gone, clock, add } = bookOf();
    const [unused, used] = [add(), add()];
    clock.now += 80;
    book.used([used]);
    clock.now += 80;
    book.retireIdle();
    expect(gone).toEqual([unused]);
    expect(book.get(used)).toBeDefined();
    book.close(used);
    expect(gone).toEqual([unused, used]);
  });

  it('holds so many bytes, and no configuration that is larger by itself', () => {
    const { book, gone, add } = bookOf({ bytes: 5_000 });
    const ids = [add(1_500), add(1_500), add(1_500)];
    expect(gone).toEqual([ids[0]]);
    expect(book.add('p', config(6_000))).toBeUndefined();
    expect(book.get(ids[2]!)).toBeDefined();
  });

  it('ends a refused one in time, whether used or not', () => {
    const { book, gone, clock, add } = bookOf();
    const id = add();
    book.endIn(id, 50);
    clock.now += 49;
    expect(book.get(id)).toBeDefined();
    clock.now += 1;
    expect(book.get(id)).toBeUndefined();
    expect(gone).toEqual([id]);
  });
});
