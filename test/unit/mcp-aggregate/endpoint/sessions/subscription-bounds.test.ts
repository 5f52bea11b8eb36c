import { afterEach, describe, expect, it, vi } from 'vitest';
import { anonymousIdentity } from '../../../../../lib/identity/identity.js';
import { Subscriptions } from '../../../../../plugins/mcp-aggregate/endpoint/sessions/subscriptions.js';
import type { SubscriptionBounds } from '../../../../../plugins/mcp-aggregate/endpoint/sessions/subscriptions.js';
import { identityOf } from '../../../../support/aggregate/harness.js';

describe('the number of subscriptions', () => {
  const runtime = { watch: () => () => undefined, endConversation: () => undefined };
  const ownerOf = (principal: string, id: string) => ({
    endpoint: 'e',
    principal: `${principal} by some client`,
    user: principal,
    session: { id, version: '2025-11-25', capabilities: 0, expiresAt: 1e15 },
  });

  function subscriptions(bounds: Partial<SubscriptionBounds>) {
    const all = new Subscriptions(() => 0, bounds);
    const add = (principal: string, session: string, name: string) => {
      const identity = principal === '' ? anonymousIdentity : identityOf(principal);
      const ticket = { caller: { identity, principal } } as never;
      return () => all.add(ownerOf(principal, session), runtime, ticket, name);
    };
    return { all, add };
  }

  it('of a session is bounded, and unsubscribing makes room', () => {
    const { all, add } = subscriptions({ ofSession: 2 });
    expect([add('p', 's', 'a')(), add('p', 's', 'b')(), add('p', 's', 'b')()]).toEqual([
      true,
      true,
      false,
    ]);
    expect(add('p', 's', 'c')).toThrow('this session has 2 subscriptions');
    expect(add('p', 't', 'c')()).toBe(true);
    all.remove('s', 'a');
    expect(add('p', 's', 'c')()).toBe(true);
    expect(all.size).toBe(3);
    all.endAll();
    expect(all.size).toBe(0);
  });

  it('of a caller is bounded, not of all strangers together', () => {
    const { all, add } = subscriptions({ ofUser: 1 });
    add('p', 's', 'a')();
    expect(add('p', 't', 'a')).toThrow('this caller has 1 subscriptions');
    for (const session of ['x', 'y', 'z']) add('', session, 'a')();
    all.end('s');
    expect(add('p', 't', 'a')()).toBe(true);
    all.endAll();
  });

  it('goes down with what was missed of them', () => {
    const { all, add } = subscriptions({});
    for (const name of ['a', 'b']) add('p', 's', name)();
    const { missed } = all.of('s')!;
    for (const name of ['a', 'b']) missed.add(name);
    all.remove('s', 'a');
    expect([all.size, [...missed]]).toEqual([1, ['b']]);
    all.remove('s', 'b');
    expect([all.size, all.of('s')]).toEqual([0, undefined]);
  });

  it('of the gateway is bounded', () => {
    const { all, add } = subscriptions({ all: 1 });
    add('p', 's', 'a')();
    expect(add('q', 't', 'a')).toThrow('the gateway has 1 subscriptions');
    all.endAll();
  });
});

describe('subscriptions whose configuration has gone', () => {
  afterEach(() => void vi.useRealTimers());

  /** A configuration: what tells of its end, and whose conversations it was told to end. */
  function configuration() {
    const watchers = new Set<() => void>();
    const ended: string[] = [];
    const watch = (onGone: () => void) => {
      watchers.add(onGone);
      return () => void watchers.delete(onGone);
    };
    const runtime = { watch, endConversation: (id: string) => void ended.push(id) };
    return { runtime, ended, retire: () => watchers.forEach((onGone) => onGone()) };
  }

  function subscribed(runtime: Parameters<Subscriptions['add']>[1]) {
    vi.useFakeTimers();
    const all = new Subscriptions(() => 0, { orphanMs: 1_000 });
    const session = { id: 's', version: '2025-11-25', capabilities: 0, expiresAt: 1e9 };
    const ticket = { caller: { identity: identityOf('p'), principal: 'p' } } as never;
    all.add({ endpoint: 'e', principal: 'p', user: 'p', session }, runtime, ticket, 'test://r');
    return { all, ticket };
  }

  it('end, unless their client has come back in time', () => {
    const { runtime, ended, retire } = configuration();
    const { all } = subscribed(runtime);
    retire();
    vi.advanceTimersByTime(999);
    expect([all.size, ended]).toEqual([1, []]);
    vi.advanceTimersByTime(1);
    expect([all.size, ended]).toEqual([0, ['s']]);
  });

  it('go on under the next, and are then its own', () => {
    const [old, next] = [configuration(), configuration()];
    const { all, ticket } = subscribed(old.runtime);
    old.retire();
    all.move(all.of('s')!, next.runtime, ticket);
    old.retire();
    vi.advanceTimersByTime(60_000);
    expect(all.size).toBe(1);
    next.retire();
    vi.advanceTimersByTime(1_000);
    expect([all.size, old.ended, next.ended]).toEqual([0, [], ['s']]);
  });
});
