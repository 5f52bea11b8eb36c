import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sendFrame } from '../../../../../lib/workers/frames.js';
import { anonymousIdentity } from '../../../../../lib/identity/identity.js';
import { callerContext } from '../../../../../plugins/mcp-aggregate/core/admit/caller.js';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import type { DirectWay } from '../../../../../plugins/mcp-aggregate/core/direct/direct-way.js';
import type {
  Loan,
  LoanAsk,
  Recall,
} from '../../../../../plugins/mcp-aggregate/core/direct/session-loans.js';
import { leaseTopic } from '../../../../../plugins/mcp-aggregate/endpoint/leases/lease-messages.js';
import type { Ask } from '../../../../../plugins/mcp-aggregate/endpoint/leases/lease-messages.js';
import { Leases } from '../../../../../plugins/mcp-aggregate/endpoint/leases/leases.js';
import type { LeasesParts } from '../../../../../plugins/mcp-aggregate/endpoint/leases/leases.js';
import { fakeNode } from '../../../../support/aggregate/fake-siblings.js';
import { until } from '../../../../support/readiness.js';

const config = { hash: 'h' };
const caller = callerContext({ ...anonymousIdentity, subject: 'ann' });
const name = { keeper: 0, config: 'h', server: 's', conversation: 'c' };
const ended = new Set<string>();
/** What the keeper is asked for, and who hears of what it takes back. */
let asked: LoanAsk[];
let recalls: Set<(recall: Recall) => void>;
let lends: boolean;
let node: ReturnType<typeof fakeNode>;
let keeper: Leases;
let other: Leases;

const upstream = {
  name: 's',
  contextOf: () => 'context of ann',
  loans: {
    lend: (ask: LoanAsk): Loan | undefined => {
      asked.push(ask);
      return lends
        ? { headers: { secret: 'x' }, offered: new Set(['tools']), ms: 9_000 }
        : undefined;
    },
    onRecall: (listener: (recall: Recall) => void) => {
      recalls.add(listener);
      return () => recalls.delete(listener);
    },
    by: (lent: object) => lent as DirectWay,
  },
} as unknown as Upstream;

function leasesOf(slot: number, most = 100): Leases {
  const runtime = { servers: [{ upstream }], touch: () => undefined };
  const runtimes = {
    configOf: (hash: string) => (hash === config.hash ? config : undefined),
    find: () => runtime,
  };
  const parts = {
    runtimes,
    most,
    siblings: node.workers[slot]!,
    logLevels: { of: ({ id }: { id: string }) => `level of ${id}` },
    sessions: { hasEnded: (id: string) => ended.has(id) },
  };
  return new Leases(parts as unknown as LeasesParts);
}

beforeEach(() => {
  [asked, recalls, lends] = [[], new Set(), true];
  ended.clear();
  node = fakeNode(2);
  [keeper, other] = [leasesOf(0), leasesOf(1)];
});
afterEach(async () => {
  vi.useRealTimers();
  // What was asked for in the background belongs to no other test.
  await turns();
  node.end(0);
});

const way = (more: Partial<typeof name> = {}) =>
  other.way({ ...name, ...more }, upstream, caller, 't');
/** A few turns, in which nothing comes that has not set out already. */
const turns = async () => {
  for (let n = 0; n < 10; n++) await turn();
};
async function lent(more: Partial<typeof name> = {}): Promise<void> {
  await until(() => way(more) !== undefined, { what: 'nothing is lent' });
}

/** Lends the conversation `c` to a worker that says nothing more. */
async function lendToOneThatStandsStill() {
  const stream = await node.workers[1]!.connect(0, leaseTopic, {});
  const about = { config: 'h', server: 's', context: 'ben', conversation: 'c' };
  const ask: Ask = { t: 'ask', n: 1, ...about };
  await turns();
  sendFrame(stream, { ...ask });
  await until(() => asked.some(({ context }) => context === 'ben'), { what: 'not asked' });
  return stream;
}

describe('a session that another worker keeps', () => {
  it('is lent by it, and the first call waits for nothing', async () => {
    expect(way()).toBeUndefined();
    await lent();
    expect(way()).toMatchObject({ headers: { secret: 'x' }, offered: new Set(['tools']) });
    const { context, conversation, logLevel } = asked[0]!;
    expect([context, conversation, logLevel]).toEqual(['context of ann', 'c', 'level of c']);
    expect(asked).toHaveLength(1);
  });

  it('is not lent where that has ended, does not know the configuration or has no such way', async () => {
    ended.add('over');
    lends = false;
    expect(way()).toBeUndefined();
    expect(way({ conversation: 'over' })).toBeUndefined();
    expect(way({ config: 'unknown' })).toBeUndefined();
    expect(way({ server: 'unknown' })).toBeUndefined();
    await turns();
    expect(asked).toHaveLength(1);
    expect(way()).toBeUndefined();
  });

  it('is not lent to more than may be at once', async () => {
    node = fakeNode(2);
    [keeper, other] = [leasesOf(0, 1), leasesOf(1)];
    await lent();
    expect(way({ conversation: 'd' })).toBeUndefined();
    await turns();
    expect(way({ conversation: 'd' })).toBeUndefined();
    expect(asked).toHaveLength(1);
  });
});

describe('what was lent', () => {
  it('is not used any more once its keeper has it back', async () => {
    await lent();
    await lent({ conversation: 'd' });
    await keeper.recall('c');
    expect(way()).toBeUndefined();
    expect(way({ conversation: 'd' })).toBeDefined();
  });

  it('is waited for no longer than it lasts', async () => {
    await lendToOneThatStandsStill();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let isBack = false;
    const back = keeper.recall('c').then(() => (isBack = true));
    await turns();
    expect(isBack).toBe(false);
    vi.advanceTimersByTime(9_000);
    await back;
  });

  it.each<[string, () => void]>([
    ['by another request', () => void keeper.recall('c')],
    ['as its server faltered', () => recalls.forEach((tell) => tell({}))],
  ])('is waited for by all, also where it was taken back before %s', async (_why, takeBack) => {
    const stream = await lendToOneThatStandsStill();
    takeBack();
    let isBack = false;
    const back = keeper.recall('c').then(() => (isBack = true));
    await turns();
    expect(isBack).toBe(false);
    sendFrame(stream, { t: 'dropped', r: 1 });
    await back;
  });

  it.each<[string, Recall, boolean]>([
    ['its server falters', {}, true],
    ['the session at the server is over', { conversation: 'c' }, true],
    ['its credential is given up', { context: 'context of ann' }, true],
    ['another’s session is over', { conversation: 'd' }, false],
    ['another’s credential is given up', { context: 'context of ben' }, false],
  ])('is taken back where %s: %o', async (_when, recall, isBack) => {
    await lent();
    for (const tell of recalls) tell(recall);
    await turns();
    expect(way() === undefined).toBe(isBack);
  });

  it('is gone with its keeper', async () => {
    await lent();
    node.end(0);
    await turns();
    expect(way()).toBeUndefined();
  });

  it('of a worker that has gone is waited for no more', async () => {
    await lent();
    let isBack = false;
    void keeper.recall('c').then(() => (isBack = true));
    node.end(1);
    await turns();
    expect(isBack).toBe(true);
  });

  it('is not used where it is dropped here, and asked for anew', async () => {
    await lent();
    other.drop('c');
    expect(way()).toBeUndefined();
    await lent();
    expect(asked).toHaveLength(2);
  });
});
