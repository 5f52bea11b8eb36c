import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anonymousIdentity } from '../../../../lib/identity/identity.js';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import { callerContext } from '../../../../plugins/mcp-aggregate/core/admit/caller.js';
import type { CallerContext } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import { Runtimes } from '../../../../plugins/mcp-aggregate/io/runtimes/runtimes.js';
import { fakeNode } from '../../../support/aggregate/fake-siblings.js';
import { FakeUpstream } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig } from '../../../support/aggregate/harness.js';
import { pageOf } from '../../../support/aggregate/items.js';
import { ManualClock } from '../../../support/aggregate/manual-clock.js';
import { until } from '../../../support/readiness.js';

const caller = (subject: string) => callerContext({ ...anonymousIdentity, issuer: 'i', subject });
const [alice, bob] = [caller('alice'), caller('bob')];
const tool = { name: 't', inputSchema: { type: 'object' } };

/** One endpoint in two workers, each of which asks the server for itself. */
describe('lists of a caller whom a server refuses', () => {
  const config = readConfig(kongConfig([{ name: 'own' }]));
  let workers: { readonly runtimes: Runtimes; readonly own: FakeUpstream }[];
  let told: unknown[];

  const list = async (at: number, who: CallerContext) =>
    (await pageOf(workers[at]!.runtimes.use(config).itemsFor(who).lists.tool)).toString();
  const asked = (at: number, who: CallerContext) =>
    workers[at]!.own.listedFor.filter((context) => context === who.authorizationContext).length;
  const heard = async () => {
    for (let turn = 0; turn < 3; turn++) await new Promise((done) => setImmediate(done));
  };

  beforeEach(async () => {
    told = [];
    const clock = new ManualClock();
    workers = fakeNode(2).workers.map((siblings) => {
      const own = new FakeUpstream('own');
      own.listsPerCaller = true;
      own.toolsOf = () => [tool];
      siblings.onTold('refused_lists', (message) => told.push(message));
      const acquire = () => ({ upstream: own, release: () => undefined });
      return { own, runtimes: new Runtimes(acquire, clock, undefined, siblings) };
    });
    for (const at of [0, 1]) for (const who of [alice, bob]) await list(at, who);
  });
  afterEach(() => {
    for (const { runtimes } of workers) runtimes.close();
  });

  it('are dropped in all workers, of that caller alone', async () => {
    workers[0]!.own.refuse(alice.authorizationContext);
    await heard();
    for (const at of [0, 1]) for (const who of [alice, bob]) await list(at, who);
    expect([asked(0, alice), asked(1, alice)]).toEqual([2, 2]);
    expect([asked(0, bob), asked(1, bob)]).toEqual([1, 1]);
  });

  it('are told of once, and not told back', async () => {
    workers[0]!.own.refuse(alice.authorizationContext);
    await heard();
    const { authorizationContext: context } = alice;
    expect(told).toEqual([{ hash: config.hash, server: 'own', context }]);
  });

  it('are told of no more often than now and then, however often the server refuses', async () => {
    for (let n = 0; n < 1_000; n++) workers[0]!.own.refuse(alice.authorizationContext);
    workers[0]!.own.refuse(bob.authorizationContext);
    await heard();
    expect(told).toHaveLength(2);
    await until(() => told.length === 3, { what: 'the last of them is not told' });
  });
});
