import { describe, expect, it } from 'vitest';
import { readPolicy } from '../../../../../lib/policy/read-policy.js';
import { serverCapabilities } from '../../../../../plugins/mcp-aggregate/core/capabilities/server-capabilities.js';
import { exposureOf } from '../../../../support/aggregate/exposure.js';
import { FakeUpstream, tool, unreachable } from '../../../../support/aggregate/fake-upstream.js';
import { endpointOf, pageOf } from '../../../../support/aggregate/items.js';

const names = (count: number, prefix = 't') =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const served = (upstream: FakeUpstream, prefix = `${upstream.name}__`) => ({
  upstream,
  exposure: exposureOf({ name: upstream.name, prefix }),
  prefix,
});

interface Page {
  readonly tools: readonly { readonly name: string }[];
  readonly nextCursor?: string;
}

/** Positions stand in cursors as plain text. */
const positionOf = (cursor: string) => {
  const [generation = '', offset = ''] = cursor.split(' ');
  return { generation, offset: Number(offset) };
};

function set(tools: readonly string[], options: Parameters<typeof endpointOf>[1] = {}) {
  const upstream = new FakeUpstream(
    'a',
    tools.map((name) => tool(name)),
  );
  const endpoint = endpointOf([served(upstream)], { pageSize: 10, ...options });
  const page = async (cursor?: string, subject?: { claims: object; granted: Set<string> }) => {
    const from = cursor === undefined ? undefined : positionOf(cursor);
    const request = { from, ...(subject ? { subject: subject as never } : {}) };
    return JSON.parse((await pageOf(endpoint.items.lists.tool, request)).toString()) as Page;
  };
  const drain = async (...subject: [{ claims: object; granted: Set<string> }?]) => {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { tools: items, nextCursor } = await page(cursor, ...subject);
      pages.push(items.map(({ name }) => name));
      cursor = nextCursor;
    } while (cursor !== undefined);
    return pages;
  };
  return { ...endpoint, upstream, page, drain };
}

describe('a list of many pages', () => {
  it.each([
    [0, [0]],
    [10, [10]],
    [11, [10, 1]],
    [30, [10, 10, 10]],
  ])('of %i items has pages of %j', async (count, sizes) => {
    const { load, drain } = set(names(count));
    await load();
    const pages = await drain();
    expect(pages.map(({ length }) => length)).toEqual(sizes);
    expect(pages.flat()).toEqual(names(count).map((name) => `a__${name}`));
  });

  it('is read to its end as it was when it was begun', async () => {
    const { load, page, upstream, clock } = set(names(15));
    await load();
    const first = await page();
    upstream.tools = [tool('new')];
    clock.advance(60_000);
    await load();
    expect((await page()).tools.map(({ name }) => name)).toEqual(['a__new']);
    const second = await page(first.nextCursor);
    expect(second.tools.map(({ name }) => name)).toEqual(
      names(15)
        .slice(10)
        .map((t) => `a__${t}`),
    );
  });

  it('is not known any more after several others, and a cursor of it is refused', async () => {
    const { load, page, upstream, clock } = set(names(15));
    await load();
    const first = await page();
    for (let i = 0; i < 4; i++) {
      upstream.tools = [tool(`n${i}`)];
      clock.advance(60_000);
      await load();
      await page();
    }
    await expect(page(first.nextCursor)).rejects.toMatchObject({ code: 'invalid_params' });
  });

  it('may be turned to another node’s pages, where the items are the same', async () => {
    const [one, other] = [set(names(15)), set(names(15))];
    await Promise.all([one.load(), other.load()]);
    const { nextCursor } = await one.page();
    expect((await other.page(nextCursor)).tools).toHaveLength(5);
  });

  it('leaves out what the caller may not know of, and pages still come full', async () => {
    const { policy, expand } = readPolicy({
      claim_rules: [
        {
          names: ['a__s*'],
          claim: 'team',
          equals: 'red',
          effect: 'allow',
          methods: ['tools/call'],
        },
      ],
    });
    const access = { policy, expandScopes: expand, hidesUnauthorized: false };
    const mixed = names(12, 's').flatMap((name, i) => [name, `t${i}`]);
    const { load, drain } = set(mixed, { access });
    await load();
    const granted = new Set<string>();
    const blue = await drain({ claims: { team: 'blue' }, granted });
    expect(blue.map(({ length }) => length)).toEqual([10, 2]);
    expect(blue.flat().every((name) => name.startsWith('a__t'))).toBe(true);
    const red = await drain({ claims: { team: 'red' }, granted });
    expect(red.flat()).toEqual(mixed.map((name) => `a__${name}`));
  });

  it('ends a page early rather than let it grow without bound', async () => {
    const description = 'x'.repeat(200_000);
    const endpoint = set([], { pageSize: 500 });
    endpoint.upstream.tools = names(30).map((name) => tool(name, { description }));
    await endpoint.load();
    const pages = await endpoint.drain();
    expect(pages.flat()).toHaveLength(30);
    expect(pages.length).toBeGreaterThan(1);
  });
});

describe('capabilities', () => {
  const capabilitiesOf = async (...upstreams: FakeUpstream[]) => {
    const { load, servers } = endpointOf(upstreams.map((upstream) => served(upstream)));
    await load();
    return Object.keys(serverCapabilities(servers)).sort();
  };

  it('are those of all servers together', async () => {
    const a = new FakeUpstream('a', [tool('t')]);
    const b = new FakeUpstream('b', []);
    expect(await capabilitiesOf(a, b)).toEqual(['tools']);
    b.more = { prompt: [] };
    b.capabilities = ['completions', 'tasks', 'experimental'];
    expect(await capabilitiesOf(a, b)).toEqual(['completions', 'prompts', 'tools']);
    a.more = { template: [] };
    a.capabilities = ['logging'];
    expect(await capabilitiesOf(a, b)).toEqual([
      'completions',
      'logging',
      'prompts',
      'resources',
      'tools',
    ]);
  });

  it('are all of them while a server has not answered: it may have any', async () => {
    const down = new FakeUpstream('down');
    down.onList = () => Promise.reject(unreachable('down'));
    expect(await capabilitiesOf(new FakeUpstream('a'), down)).toEqual([
      'completions',
      'logging',
      'prompts',
      'resources',
      'tools',
    ]);
  });
});
