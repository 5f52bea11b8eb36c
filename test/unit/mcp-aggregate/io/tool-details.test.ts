import { describe, expect, it } from 'vitest';
import type { Runtimes } from '../../../../plugins/mcp-aggregate/io/runtimes.js';
import { toolDetails } from '../../../../plugins/mcp-aggregate/io/tool-details.js';

interface Told {
  readonly count: number;
  readonly tools: readonly { readonly name: string; readonly definition: unknown }[] | null;
}

const item = (name: string, bytes: number) => ({
  name: `s__${name}`,
  original: name,
  raw: Buffer.from(JSON.stringify({ name: `s__${name}`, description: 'x'.repeat(bytes) })),
});

/** As far as it is looked at: an endpoint `e` by an old and a new configuration. */
function runtimesOf(items: readonly object[] | undefined): Runtimes {
  const runtime = (hash: string, list: readonly object[] | undefined) => ({
    config: { endpoint: 'e', hash },
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

const tell = (items: readonly object[] | undefined, endpoint = 'e', server = 's') =>
  toolDetails(runtimesOf(items), { endpoint, server }) as Told | undefined;

describe('tools in full', () => {
  it('are those of the newest configuration, as clients see them', () => {
    expect(tell([item('a', 3)])).toEqual({
      endpoint: 'e',
      server: 's',
      count: 1,
      tools: [
        {
          name: 's__a',
          original: 'a',
          bytes: item('a', 3).raw.length,
          definition: { name: 's__a', description: 'xxx' },
        },
      ],
    });
  });

  it('are not told of endpoints and servers that are not there', () => {
    expect(tell([], 'other')).toBeUndefined();
    expect(tell([], 'e', 'other')).toBeUndefined();
  });

  it('are not told where they belong to callers', () => {
    expect(tell(undefined)).toMatchObject({ count: 0, tools: null });
  });

  it('leave out one definition that is too long, and all once there are too many', () => {
    const long = tell([item('long', 33_000), item('short', 1)]);
    expect(long?.tools?.map(({ definition }) => definition === null)).toEqual([true, false]);
    const many = tell(Array.from({ length: 3_000 }, (_, at) => item(`t${at}`, 10_000)));
    expect([many?.count, many?.tools?.length]).toEqual([3_000, 2_000]);
    const bytes = JSON.stringify(many?.tools?.map(({ definition }) => definition)).length;
    expect(bytes).toBeGreaterThan(250_000);
    expect(bytes).toBeLessThan(280_000);
  });
});
