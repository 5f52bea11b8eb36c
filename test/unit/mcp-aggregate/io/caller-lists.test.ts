import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { McpError } from '../../../../lib/errors/errors.js';
import { anonymousIdentity } from '../../../../lib/identity/identity.js';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import type { CallerContext } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import { callerContext } from '../../../../plugins/mcp-aggregate/core/admit/caller.js';
import { Runtime } from '../../../../plugins/mcp-aggregate/io/runtimes/runtime.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig } from '../../../support/aggregate/harness.js';
import { ManualClock } from '../../../support/aggregate/manual-clock.js';
import { pageOf } from '../../../support/aggregate/items.js';

const caller = (subject: string, scopes: string[] = []) =>
  callerContext({ ...anonymousIdentity, issuer: 'i', subject, scopes });
const [alice, bob] = [caller('alice'), caller('bob')];
const settle = () => new Promise((resolve) => setImmediate(resolve));
const changed = 'notifications/tools/list_changed';

describe('a server whose lists are each caller’s own', () => {
  const clock = new ManualClock();
  let own: FakeUpstream;
  let shared: FakeUpstream;
  let runtime: Runtime;
  /** Names of tools by context. */
  let lists: Record<string, string[]>;

  const start = (...servers: { name: string; prefix?: string }[]) => {
    const upstreams = [own, shared];
    const config = readConfig(
      kongConfig(servers, { list_timeout: 5000, allow_overlapping_prefixes: true }),
    );
    const acquire = ({ name }: { name: string }) => {
      const upstream = upstreams.find((one) => one.name === name)!;
      return { upstream, release: () => undefined };
    };
    runtime = new Runtime(config, acquire, clock);
  };
  const namesFor = async (who: CallerContext) => {
    const page = await pageOf(runtime.itemsFor(who).lists.tool);
    const { tools, _meta } = JSON.parse(page.toString()) as {
      tools: { name: string }[];
      _meta?: unknown;
    };
    return { names: tools.map(({ name }) => name), meta: JSON.stringify(_meta) };
  };
  const resolve = (who: CallerContext, name: string) =>
    runtime.itemsFor(who).router.resolve('tool', name);
  const asked = (who: CallerContext) =>
    own.listedFor.filter((context) => context === who.authorizationContext).length;

  beforeEach(() => {
    own = new FakeUpstream('own');
    shared = new FakeUpstream('shared', [tool('s')]);
    lists = { [alice.authorizationContext]: ['a'], [bob.authorizationContext]: ['b'] };
    own.listsPerCaller = true;
    own.toolsOf = (context) => (lists[context] ?? []).map((name) => tool(name));
  });
  afterEach(() => runtime.close());

  it('is asked for nothing before a caller comes', async () => {
    start({ name: 'own' }, { name: 'shared' });
    await settle();
    clock.advance(120_000);
    await settle();
    expect([own.lists, shared.lists]).toEqual([0, 1]);
  });

  it('shows each caller their own list beside the shared ones', async () => {
    start({ name: 'own' }, { name: 'shared' });
    expect((await namesFor(alice)).names).toEqual(['own__a', 'shared__s']);
    expect((await namesFor(bob)).names).toEqual(['own__b', 'shared__s']);
    expect((await namesFor(caller('carol'))).names).toEqual(['shared__s']);
  });

  it('keeps one user’s contexts of different scopes apart', async () => {
    const admin = caller('alice', ['admin']);
    lists[admin.authorizationContext] = ['a', 'root'];
    start({ name: 'own' });
    expect((await namesFor(admin)).names).toEqual(['own__a', 'own__root']);
    expect((await namesFor(alice)).names).toEqual(['own__a']);
    await expect(resolve(alice, 'own__root')).rejects.toMatchObject({ code: 'unknown_tool' });
    expect(await resolve(admin, 'own__root')).toMatchObject({ original: 'root' });
  });

  it('finds a tool in the caller’s own list, fetched by the first call', async () => {
    start({ name: 'own' }, { name: 'shared' });
    expect(await resolve(alice, 'own__a')).toMatchObject({ original: 'a' });
    await expect(resolve(bob, 'own__a')).rejects.toMatchObject({ code: 'unknown_tool' });
    expect([asked(alice), asked(bob)]).toEqual([1, 1]);
  });

  it('asks once for calls and lists that come together', async () => {
    start({ name: 'own' });
    await Promise.all([namesFor(alice), resolve(alice, 'own__a'), namesFor(alice)]);
    expect(asked(alice)).toBe(1);
  });

  it('shows a new list, not the old one, once its time to live is over', async () => {
    start({ name: 'own' });
    await namesFor(alice);
    lists[alice.authorizationContext] = ['a2'];
    clock.advance(59_999);
    expect((await namesFor(alice)).names).toEqual(['own__a']);
    clock.advance(1);
    expect((await namesFor(alice)).names).toEqual(['own__a2']);
    expect(asked(alice)).toBe(2);
  });

  it('shows the old list for an hour while the server is down, then none', async () => {
    start({ name: 'own' });
    await namesFor(alice);
    own.toolsOf = () => Promise.reject(new McpError('upstream_unavailable', 'own is down'));
    clock.advance(60_000);
    expect((await namesFor(alice)).names).toEqual(['own__a']);
    expect(await resolve(alice, 'own__a')).toMatchObject({ original: 'a' });
    clock.advance(3_600_000 - 60_000);
    expect(await namesFor(alice)).toEqual({
      names: [],
      meta: expect.stringContaining('own is down'),
    });
    await expect(resolve(alice, 'own__a')).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  it('waits for a first list no longer than list_timeout, and names the server', async () => {
    own.toolsOf = () => new Promise(() => undefined);
    start({ name: 'own' }, { name: 'shared' });
    const listed = namesFor(alice);
    await settle();
    clock.advance(5000);
    expect((await listed).names).toEqual(['shared__s']);
    expect((await listed).meta).toContain('"server":"own"');
    const call = resolve(alice, 'own__a');
    await settle();
    clock.advance(5000);
    await expect(call).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  it('shows nothing more to a caller whose credential is refused, and the rest to others', async () => {
    start({ name: 'own' });
    await Promise.all([namesFor(alice), namesFor(bob)]);
    own.toolsOf = (context) =>
      context === alice.authorizationContext
        ? Promise.reject(new McpError('upstream_unavailable', 'own refuses'))
        : [tool('b')];
    own.refuse(alice.authorizationContext);
    expect((await namesFor(alice)).names).toEqual([]);
    expect((await namesFor(bob)).names).toEqual(['own__b']);
    expect(asked(bob)).toBe(1);
  });

  it('gives no caller’s list a name of another server', async () => {
    lists[alice.authorizationContext] = ['shared__s', 'shared__own', 'a'];
    start({ name: 'own', prefix: '' }, { name: 'shared' });
    await settle();
    for (const who of [alice, bob]) {
      expect(await resolve(who, 'shared__s')).toMatchObject({ server: { name: 'shared' } });
      await expect(resolve(who, 'shared__own')).rejects.toMatchObject({ code: 'unknown_tool' });
    }
    expect((await namesFor(alice)).names).toEqual(['a', 'shared__s']);
  });

  it('does not let one that is down take the others with it', async () => {
    own.toolsOf = () => Promise.reject(new McpError('upstream_unavailable', 'own is down'));
    start({ name: 'own', prefix: '' }, { name: 'shared' });
    await settle();
    expect(await resolve(alice, 'shared__s')).toMatchObject({ server: { name: 'shared' } });
  });

  it('declares what the servers offer to this caller together', async () => {
    shared.more = { prompt: [] };
    start({ name: 'own' }, { name: 'shared' });
    expect(Object.keys(await runtime.itemsFor(alice).capabilities())).toEqual(['prompts', 'tools']);
    expect(asked(alice)).toBe(1);
  });

  it('tells a changed list to the caller on whose line the server said so, once', async () => {
    start({ name: 'own' });
    const told: [string, string | undefined][] = [];
    runtime.onListChanged((method, context) => told.push([method, context]));
    await namesFor(alice);
    own.changed(changed, alice.authorizationContext);
    own.changed(changed, alice.authorizationContext);
    own.changed(changed, bob.authorizationContext);
    expect(told).toEqual([[changed, runtime.contextOf(alice)]]);
    await settle();
    expect(asked(alice)).toBe(1);
    lists[alice.authorizationContext] = ['a2'];
    clock.advance(1000);
    expect((await namesFor(alice)).names).toEqual(['own__a2']);
  });

  it('gives up what has not been used for an hour', async () => {
    start({ name: 'own' });
    const before = runtime.itemsFor(alice);
    clock.advance(3_599_000);
    expect(runtime.itemsFor(alice)).toBe(before);
    clock.advance(3_601_000);
    expect(runtime.itemsFor(alice)).not.toBe(before);
  });
});

describe('an endpoint whose servers all share their lists', () => {
  it('has one object of items for everybody', () => {
    const upstream = new FakeUpstream('a', [tool('t')]);
    const acquire = () => ({ upstream, release: () => undefined });
    const config = readConfig(kongConfig([{ name: 'a' }]));
    const runtime = new Runtime(config, acquire, new ManualClock());
    expect(runtime.itemsFor(alice)).toBe(runtime.itemsFor(bob));
    expect(runtime.contextOf(alice)).toBeUndefined();
    runtime.close();
  });
});
