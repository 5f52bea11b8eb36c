import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import type { Runtimes } from '../../../../plugins/mcp-aggregate/io/runtimes/runtimes.js';
import { toolDetails } from '../../../../plugins/mcp-aggregate/io/operations/tool-details.js';
import { systemClock } from '../../../../plugins/mcp-aggregate/io/clock.js';
import { kongConfig } from '../../../support/aggregate/harness.js';

interface Told {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly hides_unauthorized?: boolean;
  readonly count: number;
  readonly tools:
    | readonly {
        readonly name: string;
        readonly definition: unknown;
        readonly rules: object | null;
      }[]
    | null;
}

const item = (name: string, bytes: number) => ({
  name: `s__${name}`,
  original: name,
  raw: Buffer.from(JSON.stringify({ name: `s__${name}`, description: 'x'.repeat(bytes) })),
});

/** As far as it is looked at: an endpoint `e` by an old and a new configuration. */
function runtimesOf(items: readonly object[] | undefined): Runtimes {
  const { access, argumentRules, guards, servers } = readConfig(kongConfig([{ name: 's' }]));
  const rules = { access, argumentRules, guards, servers };
  const runtime = (hash: string, list: readonly object[] | undefined) => ({
    config: { endpoint: 'e', hash, ...rules },
    pins: new Map(),
    servers: [
      {
        upstream: { name: 's' },
        ...(list === undefined ? {} : { catalogues: { tool: { prepared: { items: list } } } }),
      },
    ],
  });
  const all = [runtime('old', [item('gone', 1)]), runtime('new', items)];
  const isNewest = ({ hash }: { hash: string }) => hash === 'new';
  return { all: () => all, isNewest } as unknown as Runtimes;
}

const tell = async (
  items: readonly object[] | undefined,
  { endpoint = 'e', server = 's', clock = systemClock } = {},
) => (await toolDetails(runtimesOf(items), { endpoint, server }, clock)) as Told | undefined;

describe('tools in full', () => {
  it('are those of the newest configuration, as clients see them', async () => {
    expect(await tell([item('a', 3)])).toEqual({
      endpoint: 'e',
      server: 's',
      count: 1,
      allow: [],
      deny: [],
      hides_unauthorized: false,
      tools: [
        {
          name: 's__a',
          original: 'a',
          bytes: item('a', 3).raw.length,
          definition: { name: 's__a', description: 'xxx' },
          rules: expect.objectContaining({ scopes: [], views: null }) as object,
        },
      ],
    });
  });

  it('are not told of endpoints and servers that are not there', async () => {
    expect(await tell([], { endpoint: 'other' })).toBeUndefined();
    expect(await tell([], { server: 'other' })).toBeUndefined();
  });

  it('are not told where they belong to callers', async () => {
    expect(await tell(undefined)).toMatchObject({ count: 0, tools: null });
  });

  it('have no rules any more where it takes too long to find them', async () => {
    let now = 0;
    const clock = { ...systemClock, now: () => (now += 200) };
    const told = await tell([item('a', 1), item('b', 1), item('c', 1)], { clock });
    expect(told?.tools?.map(({ rules }) => rules === null)).toEqual([false, false, true]);
  });

  it('leave out one definition that is too long, and all once there are too many', async () => {
    const long = await tell([item('long', 33_000), item('short', 1)]);
    expect(long?.tools?.map(({ definition }) => definition === null)).toEqual([true, false]);
    const many = await tell(Array.from({ length: 3_000 }, (_, at) => item(`t${at}`, 10_000)));
    expect([many?.count, many?.tools?.length]).toEqual([3_000, 2_000]);
    const bytes = JSON.stringify(many?.tools?.map(({ definition }) => definition)).length;
    expect(bytes).toBeGreaterThan(250_000);
    expect(bytes).toBeLessThan(280_000);
  });
});
