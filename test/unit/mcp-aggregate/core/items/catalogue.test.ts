import { describe, expect, it } from 'vitest';
import { McpError } from '../../../../../lib/errors/errors.js';
import type { Catalogue } from '../../../../../plugins/mcp-aggregate/core/lists/catalogue.js';
import type { ListedItems } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { catalogueOf as set, items, ttlMs } from '../../../../support/aggregate/catalogue-rig.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));
const namesOf = (catalogue: Catalogue) => catalogue.prepared.items.map(({ name }) => name);
const down = () => Promise.reject(new McpError('upstream_unavailable', 'server s is down'));

describe('Catalogue', () => {
  it('is empty until it is fetched, then holds the prefixed tools', async () => {
    const { catalogue } = set();
    expect(catalogue.loaded).toBe(false);
    catalogue.refreshIfDue();
    await settle();
    expect(catalogue.loaded).toBe(true);
    expect(namesOf(catalogue)).toEqual(['p__a']);
  });

  it('fetches once however many ask', async () => {
    const { catalogue, state } = set();
    catalogue.refreshIfDue();
    catalogue.refreshIfDue();
    await Promise.all([catalogue.refreshOlderThan(0), catalogue.refreshOlderThan(0)]);
    expect(state.fetches).toBe(1);
  });

  it('forgets what it has and what is under way, when its caller may no longer see it', async () => {
    const { catalogue, state, events } = set();
    await catalogue.refreshOlderThan(0);
    let arrive: (listed: ListedItems) => void = () => undefined;
    state.answer = () => new Promise((resolve) => (arrive = resolve));
    catalogue.invalidate();
    const loading = catalogue.refreshOlderThan(-1);
    catalogue.forget();
    arrive(items('private'));
    await loading;
    expect([namesOf(catalogue), catalogue.loaded]).toEqual([[], false]);
    expect(events.filter(({ type }) => type === 'listed')).toHaveLength(1);
    state.answer = async () => items('b');
    await catalogue.refreshOlderThan(-1);
    expect(namesOf(catalogue)).toEqual(['p__b']);
  });

  it('shows the old list while a new one is fetched, after its time to live', async () => {
    const { catalogue, clock, state } = set();
    catalogue.refreshIfDue();
    await settle();
    state.answer = async () => items('a', 'b');
    clock.advance(ttlMs - 1);
    catalogue.refreshIfDue();
    expect(state.fetches).toBe(1);
    clock.advance(1);
    catalogue.refreshIfDue();
    expect(namesOf(catalogue)).toEqual(['p__a']);
    await settle();
    expect(namesOf(catalogue)).toEqual(['p__a', 'p__b']);
  });

  it('is another list with another content only', async () => {
    const { catalogue, clock, state } = set();
    const reload = async () => {
      clock.advance(ttlMs);
      catalogue.refreshIfDue();
      await settle();
      return catalogue.prepared;
    };
    const first = await reload();
    expect(await reload()).toBe(first);
    state.answer = async () => items('b');
    expect(await reload()).not.toBe(first);
  });

  it('keeps the last good list while its server is down, and drops it after a day', async () => {
    const { catalogue, clock, events, state } = set();
    catalogue.refreshIfDue();
    await settle();
    state.answer = down;
    clock.advance(ttlMs);
    catalogue.refreshIfDue();
    await settle();
    expect(namesOf(catalogue)).toEqual(['p__a']);
    expect(catalogue.lastError).toBe('server s is down');
    clock.advance(24 * 3_600_000);
    catalogue.refreshIfDue();
    await settle();
    expect(catalogue.loaded).toBe(false);
    expect(namesOf(catalogue)).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(['listed', 'failed', 'dropped']);
  });

  it('leaves a failed server in peace for longer and longer, up to half a minute', async () => {
    const { catalogue, clock, state } = set();
    state.answer = down;
    const waits: number[] = [];
    for (let last = clock.now(); waits.length < 8; clock.advance(500)) {
      const before = state.fetches;
      catalogue.refreshIfDue();
      await settle();
      if (state.fetches === before) continue;
      if (before > 0) waits.push(clock.now() - last);
      last = clock.now();
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(catalogue.refreshOlderThan(0)).toBeUndefined();
  });

  it('recovers, and says the same failure once', async () => {
    const { catalogue, clock, events, state } = set();
    state.answer = down;
    for (let i = 0; i < 3; i++) {
      catalogue.refreshIfDue();
      await settle();
      clock.advance(30_000);
    }
    state.answer = async () => items('a');
    catalogue.refreshIfDue();
    await settle();
    expect(catalogue.lastError).toBeUndefined();
    expect(events.map(({ type }) => type)).toEqual(['failed', 'listed']);
  });

  it('shows nothing of an unexpected error to clients', async () => {
    const { catalogue, state } = set();
    state.answer = () => Promise.reject(new Error('secret'));
    catalogue.refreshIfDue();
    await settle();
    expect(catalogue.lastError).toBe('the list could not be read');
  });

  it('fetches again at once when the server says its list has changed, but not without end', async () => {
    const { catalogue, clock, state } = set();
    catalogue.refreshIfDue();
    await settle();
    const changes = async (count: number) => {
      for (let i = 0; i < count; i++) {
        clock.advance(1);
        catalogue.invalidate();
        await settle();
      }
      return state.fetches;
    };
    // The first is its first list.
    expect([await changes(1), await changes(1)]).toEqual([2, 3]);
    expect(await changes(500)).toBe(5);
    expect(await changes(600)).toBe(6);
    await changes(60_000);
    expect(state.fetches).toBeGreaterThan(64);
    expect(state.fetches).toBeLessThan(68);
  });

  it('does not forget that its list has changed where the fetch fails', async () => {
    const { catalogue, clock, state } = set();
    await catalogue.refreshOlderThan(0);
    state.answer = down;
    catalogue.invalidate();
    await settle();
    state.answer = async () => items('a', 'b');
    clock.advance(1000);
    catalogue.refreshIfDue();
    await settle();
    expect(namesOf(catalogue)).toEqual(['p__a', 'p__b']);
  });

  it('is fetched again no sooner than its size allows, whatever the server says', async () => {
    const { catalogue, clock, state } = set();
    state.answer = async () => items(...Array.from({ length: 5_000 }, (_, n) => `t${n}`));
    await catalogue.refreshOlderThan(0);
    const { cost } = catalogue.prepared;
    expect(cost).toBeGreaterThan(2 * 1_048_576);
    clock.advance(Math.floor(cost / 1_024));
    catalogue.invalidate();
    expect(state.fetches).toBe(1);
    clock.advance(1);
    catalogue.refreshIfDue();
    expect(state.fetches).toBe(2);
  });

  it('stays as it was where the new one takes more than its server’s share, and says so', async () => {
    const { catalogue, clock, events, memory, state } = set('p__', 3_000);
    await catalogue.refreshOlderThan(0);
    const before = memory.bytes;
    expect(before).toBe(catalogue.prepared.cost);
    state.answer = async () => items(...Array.from({ length: 10 }, (_, n) => `t${n}`));
    clock.advance(1);
    await catalogue.refreshOlderThan(-1);
    expect(namesOf(catalogue)).toEqual(['p__a']);
    expect(memory.bytes).toBe(before);
    expect(events.at(-1)).toEqual({
      type: 'failed',
      reason: 'server s takes more memory with its lists than a server may',
    });
    catalogue.release();
    expect(memory.bytes).toBe(0);
  });

  it('tells when the bytes it was fetched in are not needed any more, also where it fails', async () => {
    const { catalogue, clock, state } = set('p__', 1_000);
    let released = 0;
    const counted = (...names: string[]) => ({ ...items(...names), release: () => released++ });
    state.answer = async () => counted('a');
    await catalogue.refreshOlderThan(0);
    state.answer = async () => counted('b', 'c', 'd');
    clock.advance(1);
    await catalogue.refreshOlderThan(-1);
    expect(released).toBe(2);
    expect(catalogue.lastError).toBeDefined();
  });

  it('fetches again at once when the list changed while it was being fetched', async () => {
    const { catalogue, clock, state } = set();
    catalogue.refreshIfDue();
    catalogue.invalidate();
    clock.advance(1);
    expect(state.fetches).toBe(1);
    await settle();
    expect(state.fetches).toBe(2);
  });

  it('fetches on demand only a list older than asked for', async () => {
    const { catalogue, clock, state } = set();
    catalogue.refreshIfDue();
    await settle();
    clock.advance(5000);
    expect(catalogue.refreshOlderThan(5000)).toBeUndefined();
    clock.advance(1);
    await catalogue.refreshOlderThan(5000);
    expect(state.fetches).toBe(2);
  });

  it('names the first fetch while others may still wait for it', async () => {
    const { catalogue, clock, state } = set();
    expect(catalogue.firstLoad(1000)).toBeUndefined();
    let arrive: (listed: ListedItems) => void = () => undefined;
    state.answer = () => new Promise((resolve) => (arrive = resolve));
    catalogue.refreshIfDue();
    clock.advance(400);
    expect(catalogue.firstLoad(1000)?.remainingMs).toBe(600);
    clock.advance(600);
    expect(catalogue.firstLoad(1000)).toBeUndefined();
    arrive(items('a'));
    await settle();
    expect(catalogue.loaded).toBe(true);
  });

  it('fetches nothing after its end', async () => {
    const { catalogue, lifetime, state } = set();
    lifetime.abort();
    catalogue.refreshIfDue();
    await catalogue.refreshOlderThan(0);
    expect(state.fetches).toBe(0);
  });

  it('says each refused item once, and counts a flood', async () => {
    const { catalogue, clock, events, state } = set();
    const bad = Array.from({ length: 30 }, (_, i) =>
      Buffer.from(`{"name":"task ${i}","execution":{"taskSupport":"required"}}`),
    );
    const besides = (name: string) => {
      const { items: good, offered } = items(name);
      return { items: [...good, ...bad], offered };
    };
    state.answer = async () => besides('a');
    catalogue.refreshIfDue();
    await settle();
    const refused = () => events.filter(({ type }) => type === 'refused').length;
    expect(refused()).toBe(21);
    state.answer = async () => besides('b');
    clock.advance(ttlMs);
    catalogue.refreshIfDue();
    await settle();
    expect(namesOf(catalogue)).toEqual(['p__b']);
    expect(refused()).toBe(21);
  });
});
