import { describe, expect, it } from 'vitest';
import { anonymousIdentity } from '../../../../lib/identity.js';
import { Subscriptions } from '../../../../plugins/mcp-aggregate/endpoint/subscriptions.js';
import type { SubscriptionBounds } from '../../../../plugins/mcp-aggregate/endpoint/subscriptions.js';
import { identityOf } from '../../../support/aggregate/harness.js';

describe('the number of subscriptions', () => {
  const runtime = { watch: () => () => undefined, endConversation: () => undefined };
  const ownerOf = (principal: string, id: string) => ({
    endpoint: 'e',
    principal,
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
    const { all, add } = subscriptions({ ofPrincipal: 1 });
    add('p', 's', 'a')();
    expect(add('p', 't', 'a')).toThrow('this caller has 1 subscriptions');
    for (const session of ['x', 'y', 'z']) add('', session, 'a')();
    all.end('s');
    expect(add('p', 't', 'a')()).toBe(true);
    all.endAll();
  });

  it('of the gateway is bounded', () => {
    const { all, add } = subscriptions({ all: 1 });
    add('p', 's', 'a')();
    expect(add('q', 't', 'a')).toThrow('the gateway has 1 subscriptions');
    all.endAll();
  });
});
