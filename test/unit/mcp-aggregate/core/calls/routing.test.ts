import { describe, expect, it } from 'vitest';
import { exposureOf } from '../../../../support/aggregate/exposure.js';
import { FakeUpstream, tool, unreachable } from '../../../../support/aggregate/fake-upstream.js';
import { endpointOf, pageOf } from '../../../../support/aggregate/items.js';

const listTimeoutMs = 5000;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Servers by name and prefix, their catalogues on one clock. */
function set(...specs: readonly (readonly [FakeUpstream, string])[]) {
  const { items, ...rest } = endpointOf(
    specs.map(([upstream, prefix]) => ({
      upstream,
      exposure: exposureOf({ name: upstream.name, prefix }),
      prefix,
    })),
    { listTimeoutMs },
  );
  const router = {
    ownerOf: (name: string) => items.router.ownerOf('tool', name),
    resolve: (name: string) => items.router.resolve('tool', name),
  };
  const result = () => pageOf(items.lists.tool);
  const listed = async () => {
    const parsed = JSON.parse((await result()).toString()) as {
      tools: { name: string }[];
      _meta?: Record<string, unknown>;
    };
    return { names: parsed.tools.map(({ name }) => name), meta: parsed._meta };
  };
  return { ...rest, router, result, listed };
}

const up = (name: string, ...tools: string[]) =>
  new FakeUpstream(
    name,
    tools.map((each) => tool(each)),
  );

function downUpstream(name: string) {
  const upstream = up(name);
  upstream.state = 'failing';
  upstream.onList = () => Promise.reject(unreachable(name));
  return upstream;
}

describe('Router', () => {
  it('gives a name to the longest prefix that fits, whatever the servers list', async () => {
    const short = up('short', 'b__pay', 'b_', 'c');
    const long = up('long', 'pay');
    for (const specs of [
      [[short, 'a__'] as const, [long, 'a__b__'] as const],
      [[long, 'a__b__'] as const, [short, 'a__'] as const],
    ]) {
      const { router, load, listed, collisions } = set(...specs);
      await load();
      expect(await router.resolve('a__b__pay')).toMatchObject({
        server: { name: 'long' },
        original: 'pay',
      });
      expect(await router.resolve('a__b_')).toMatchObject({ server: { name: 'short' } });
      expect((await listed()).names.sort()).toEqual(['a__b_', 'a__b__pay', 'a__c']);
      expect(collisions).toEqual(['a__b__pay']);
    }
  });

  it('lets nobody have a name that its owner does not list, drops or is too sick to tell', async () => {
    const owner = downUpstream('owner');
    const thief = up('thief', 'er__pay', 'n', 'er__other');
    const { router, load, listed, clock } = set([thief, 'own'], [owner, 'owner__']);
    const refusal = (name: string) => router.resolve(name).catch((error: unknown) => error);
    await load();
    expect(await refusal('owner__pay')).toMatchObject({
      code: 'upstream_unavailable',
      data: { server: 'owner' },
    });
    expect(await router.resolve('ownn')).toMatchObject({ server: { name: 'thief' } });
    expect((await listed()).names).toEqual(['ownn']);
    owner.onList = undefined;
    owner.tools = [tool('pay')];
    clock.advance(60_000);
    await load();
    expect(await router.resolve('owner__pay')).toMatchObject({ server: { name: 'owner' } });
    owner.tools = [];
    clock.advance(60_000);
    await load();
    expect(await refusal('owner__pay')).toMatchObject({ code: 'unknown_tool' });
    expect(await refusal('owner__other')).toMatchObject({ code: 'unknown_tool' });
    expect((await listed()).names).toEqual(['ownn']);
  });

  it.each(['b__', 'B__t', 'b__t ', '__proto__', 'constructor', ''])(
    'knows no tool %j',
    async (name) => {
      const { router, load } = set([up('b', 't'), 'b__']);
      await load();
      await expect(router.resolve(name)).rejects.toMatchObject({ code: 'unknown_tool' });
    },
  );

  it('names what was asked for, shortened', async () => {
    const { router } = set([up('b', 't'), 'b__']);
    await expect(router.resolve('x'.repeat(500))).rejects.toMatchObject({
      message: `Unknown tool: ${'x'.repeat(128)}…`,
    });
  });

  it('asks the server once more for a tool it does not know, if its list has some age', async () => {
    const b = up('b', 't');
    const { router, clock, load } = set([b, 'b__'], [up('c'), 'c__']);
    await load();
    b.tools = [tool('t'), tool('new')];
    await expect(router.resolve('b__new')).rejects.toMatchObject({ code: 'unknown_tool' });
    clock.advance(5001);
    expect(await router.resolve('b__new')).toMatchObject({ original: 'new' });
    expect(b.lists).toBe(2);
    for (let i = 0; i < 20; i++) await router.resolve('b__nope').catch(() => undefined);
    expect(b.lists).toBe(2);
  });

  it('does not ask servers whose prefix does not fit', async () => {
    const c = up('c', 't');
    const { router, clock, load } = set([up('b'), 'b__'], [c, 'c__']);
    await load();
    clock.advance(6000);
    await router.resolve('b__x').catch(() => undefined);
    expect(c.lists).toBe(1);
  });

  it('keeps the owner of a tool while its server is down', async () => {
    const b = up('b', 't');
    const { router, clock, load } = set([b, 'b__']);
    await load();
    b.onList = () => Promise.reject(unreachable('b'));
    clock.advance(61_000);
    await load();
    expect(await router.resolve('b__t')).toMatchObject({ server: { name: 'b' } });
  });

  it('says that a server is not available rather than that a tool is unknown', async () => {
    const { router, load } = set([downUpstream('b'), 'b__']);
    await load();
    await expect(router.resolve('b__t')).rejects.toMatchObject({
      code: 'upstream_unavailable',
      data: { server: 'b', state: 'failing', reason: 'server b refused the connection' },
    });
  });

  it('waits for a silent server no longer than the list timeout', async () => {
    const b = up('b');
    b.onList = () => new Promise(() => undefined);
    const { router, clock, load } = set([b, 'b__']);
    await load();
    const resolved = router.resolve('b__t');
    await settle();
    clock.advance(listTimeoutMs);
    await expect(resolved).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  it('any name under the prefix of a never loaded server leads to it, and none is known', async () => {
    const { router, load } = set([up('a', 't'), 'a__'], [downUpstream('b'), 'b__']);
    expect(router.ownerOf('a__anything')).toEqual({ server: 'a', known: false });
    await load();
    expect(router.ownerOf('a__t')).toEqual({ server: 'a', known: true });
    expect(router.ownerOf('a__anything')).toEqual({ server: undefined, known: false });
    expect(router.ownerOf('b__anything')).toEqual({ server: 'b', known: false });
    expect(router.ownerOf('c__anything').server).toBeUndefined();
  });
});

describe('a list', () => {
  it('waits for a first list, within the timeout, and later lists do not wait', async () => {
    const slow = up('slow');
    slow.onList = () => new Promise(() => undefined);
    const { clock, listed } = set([up('a', 't'), 'a__'], [slow, 's__']);
    const first = listed();
    await settle();
    expect(clock.waits).toBe(1);
    clock.advance(listTimeoutMs);
    const expected = {
      names: ['a__t'],
      meta: {
        'kong-plugin-mcp/unavailable': [
          { server: 'slow', state: 'ready', reason: 'it has not answered yet' },
        ],
      },
    };
    expect(await first).toEqual(expected);
    expect(await listed()).toEqual(expected);
    expect(clock.waits).toBe(0);
  });

  it('does not wait for a server that has failed', async () => {
    const { load, listed } = set([up('a', 't'), 'a__'], [downUpstream('b'), 'b__']);
    await load();
    expect((await listed()).meta).toEqual({
      'kong-plugin-mcp/unavailable': [
        { server: 'b', state: 'failing', reason: 'server b refused the connection' },
      ],
    });
  });

  it('is complete again when the server is back', async () => {
    const b = downUpstream('b');
    const { clock, load, listed } = set([b, 'b__']);
    await load();
    b.onList = undefined;
    b.tools = [tool('t')];
    clock.advance(1000);
    await load();
    expect(await listed()).toEqual({ names: ['b__t'], meta: undefined });
  });

  it('answers the same buffer without asking any server while nothing changes', async () => {
    const a = up('a', 't');
    const { result, load } = set([a, 'a__']);
    await load();
    const first = await result();
    expect(await result()).toBe(first);
    expect(a.lists).toBe(1);
  });

  it('changes when a list does', async () => {
    const a = up('a', 't');
    const { clock, load, listed } = set([a, 'a__']);
    await load();
    await listed();
    a.tools = [tool('u')];
    clock.advance(60_000);
    await load();
    expect((await listed()).names).toEqual(['a__u']);
  });

  it('says a collision once', async () => {
    const a = up('a', 'x_y');
    const { clock, load, listed, collisions } = set([a, ''], [up('b', 'w'), 'x_']);
    await load();
    await listed();
    a.tools = [tool('x_y'), tool('z')];
    clock.advance(60_000);
    await load();
    expect((await listed()).names).toEqual(['z', 'x_w']);
    expect(collisions).toEqual(['x_y']);
  });
});
