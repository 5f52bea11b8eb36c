import { describe, expect, it } from 'vitest';
import { mergeStatus } from '../../../../plugins/mcp-aggregate/io/operations/merge-status.js';

const list = (age: number | null, count: number) => ({ count, age_seconds: age, refused: 0 });
const server = (more: object) => ({
  name: 's',
  kind: 'url',
  state: 'ready',
  last_error: null,
  circuit: 'closed',
  open_tools: [],
  said: null,
  eras: { legacy: null, modern: null },
  latency_ms: null,
  pin: null,
  lint: null,
  lists_per_caller: false,
  tools: list(10, 3),
  ...more,
});
const endpoint = (more: object) => ({
  endpoint: 'e',
  route: null,
  service: null,
  plugin: 'p',
  configuration: 'c',
  superseded: false,
  views: [],
  ready: true,
  requests_in_flight: 1,
  callers_with_own_lists: 0,
  servers: [server({})],
  ...more,
});
const status = (endpoints: readonly object[]) => ({
  version: '1',
  streams_open: 2,
  asks_open: 1,
  peers: [],
  endpoints,
});

describe('the status of several workers', () => {
  it('of one is its own', () => {
    const one = status([endpoint({ servers: [server({ latency_ms: { p50: 1, p99: 2 } })] })]);
    expect(mergeStatus([one])).toEqual(one);
  });

  it('adds up what is under way', () => {
    const merged = mergeStatus([status([endpoint({})]), status([endpoint({ route: 'r' })])]);
    expect(merged).toMatchObject({ version: '1', streams_open: 4, asks_open: 2 });
    expect(merged).toMatchObject({
      endpoints: [{ requests_in_flight: 2, route: 'r', ready: true }],
    });
  });

  it('keeps endpoints and configurations apart, and those that one worker alone has', () => {
    const other = endpoint({ configuration: 'old', superseded: true, ready: false });
    const merged = mergeStatus([status([endpoint({})]), status([other, endpoint({})])]);
    expect((merged as { endpoints: object[] }).endpoints).toMatchObject([
      { configuration: 'c', ready: true },
      { configuration: 'old', ready: false, requests_in_flight: 1 },
    ]);
  });

  it('shows of a server the worst state, of a list the newest copy, the largest latency', () => {
    const [quiet, good, bad] = [
      server({ state: 'idle', tools: list(null, 0) }),
      server({ tools: list(5, 4), latency_ms: { p50: 9, p99: 9 }, said: 'x', open_tools: ['b'] }),
      server({
        state: 'failing',
        circuit: 'open',
        last_error: 'down',
        tools: list(90, 2),
        latency_ms: { p50: 1, p99: 20 },
        eras: { legacy: true, modern: null },
        open_tools: ['a', 'b'],
      }),
    ];
    const all = [quiet, bad, good].map((one) => status([endpoint({ servers: [one] })]));
    expect(mergeStatus(all)).toMatchObject({
      endpoints: [
        {
          servers: [
            {
              state: 'failing',
              circuit: 'open',
              last_error: 'down',
              said: 'x',
              open_tools: ['a', 'b'],
              eras: { legacy: true, modern: null },
              latency_ms: { p50: 9, p99: 20 },
              tools: { count: 4, age_seconds: 5 },
            },
          ],
        },
      ],
    });
  });

  const pin = (more: object) => ({
    ...{ mode: 'enforce', problem: null, serves: true, withheld: 0, changes: [] },
    differing: { changed: 0, added: 0, vanished: 0 },
    approved: { tools: 60, prompts: null },
    ...more,
  });
  it.each([
    ['one that knows of it', pin({ approved: { tools: 0, prompts: null } }), pin({})],
    ['one that has seen a change', pin({}), pin({ differing: { changed: 1 } })],
    ['one that withholds', pin({ differing: { changed: 9 } }), pin({ withheld: 1 })],
    ['one that cannot tell', pin({ withheld: 9 }), pin({ problem: 'unreadable' })],
    ['one that serves nothing', pin({ problem: 'unreadable' }), pin({ serves: false })],
  ])('shows of pinned definitions what the worst worker says: %s', (_, better, worse) => {
    for (const pins of [
      [better, worse, null],
      [null, worse, better],
    ]) {
      const all = pins.map((one) => status([endpoint({ servers: [server({ pin: one })] })]));
      expect(mergeStatus(all)).toMatchObject({ endpoints: [{ servers: [{ pin: worse }] }] });
    }
  });

  it('shows the most that is found in definitions', () => {
    const lints = [{ findings: 1, items: [1, 2] }, { findings: 3, items: [] }, null];
    const all = lints.map((lint) => status([endpoint({ servers: [server({ lint })] })]));
    expect(mergeStatus(all)).toMatchObject({ endpoints: [{ servers: [{ lint: lints[1] }] }] });
  });
});
