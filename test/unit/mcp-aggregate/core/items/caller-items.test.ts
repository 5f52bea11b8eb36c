import { describe, expect, it } from 'vitest';
import { anonymousIdentity } from '../../../../../lib/identity/identity.js';
import { CallerItems } from '../../../../../plugins/mcp-aggregate/core/lists/caller-items.js';
import { callerContext } from '../../../../../plugins/mcp-aggregate/core/admit/caller.js';
import { EndpointItems } from '../../../../../plugins/mcp-aggregate/core/lists/endpoint-items.js';
import { serve } from '../../../../../plugins/mcp-aggregate/core/items/serve.js';
import { UriSpace } from '../../../../../plugins/mcp-aggregate/core/uris/uri-space.js';
import { readPolicy } from '../../../../../lib/policy/read-policy.js';
import { anyForm } from '../../../../support/aggregate/any-form.js';
import { exposureOf } from '../../../../support/aggregate/exposure.js';
import { FakeUpstream, tool } from '../../../../support/aggregate/fake-upstream.js';
import { pageOf } from '../../../../support/aggregate/items.js';
import { ManualClock } from '../../../../support/aggregate/manual-clock.js';

const kilobyte = tool('t', { description: 'x'.repeat(1000) });
const { policy, expand } = readPolicy({});

function set(limits: { maxCallers?: number; maxBytes?: number }) {
  const clock = new ManualClock();
  const upstream = new FakeUpstream('own');
  upstream.toolsOf = () => [kilobyte];
  const facts = {
    name: 'own',
    prefix: 'own__',
    upstream,
    exposure: exposureOf({ name: 'own' }),
    trusted: true,
  };
  const base = { ttlMs: 60_000, clock, lifetime: new AbortController().signal };
  const access = { policy, expandScopes: expand, hidesUnauthorized: false };
  const uris = new UriSpace([{ name: 'own', plainUris: false }]);
  const options = { clock, listTimeoutMs: 5000, pageSize: 500, access, onCollision: () => {} };
  const items = new CallerItems(
    [
      {
        upstream,
        serve: (context, onListed) =>
          serve(facts, {
            ...base,
            context,
            checkForms: anyForm,
            onEvent: (_kind, { type }) => {
              if (type === 'listed') onListed();
            },
          }),
      },
    ],
    { clock, make: (servers) => new EndpointItems(servers, uris, options), ...limits },
  );
  const list = async (subject: string) => {
    const who = callerContext({ ...anonymousIdentity, issuer: 'i', subject });
    return (await pageOf(items.for(who).lists.tool)).toString();
  };
  return { items, list, upstream };
}

describe('CallerItems', () => {
  it('keeps the most recently used callers, up to a number', async () => {
    const { items, list, upstream } = set({ maxCallers: 2 });
    for (const who of ['a', 'b', 'a', 'c', 'a']) await list(who);
    expect([items.size, upstream.lists]).toEqual([2, 3]);
    await list('b');
    expect(upstream.lists).toBe(4);
  });

  it('keeps as many as their lists have room', async () => {
    const { items, list } = set({ maxBytes: 30_000 });
    for (const who of ['a', 'b', 'c', 'd', 'e']) await list(who);
    expect(items.size).toBe(3);
  });

  it('keeps one whose list alone is too large, rather than fetch it for each call', async () => {
    const { items, list, upstream } = set({ maxBytes: 9_000 });
    await list('a');
    await list('a');
    expect([items.size, upstream.lists]).toEqual([1, 1]);
  });
});
