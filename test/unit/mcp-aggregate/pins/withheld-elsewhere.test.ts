import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { McpError } from '../../../../lib/errors/errors.js';
import { anonymousIdentity } from '../../../../lib/identity/identity.js';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import { callerContext } from '../../../../plugins/mcp-aggregate/core/admit/caller.js';
import type { CallerContext } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import type { ItemKind } from '../../../../plugins/mcp-aggregate/core/items/item-kinds.js';
import { fingerprint } from '../../../../plugins/mcp-aggregate/core/pins/fingerprint.js';
import { Runtimes } from '../../../../plugins/mcp-aggregate/io/runtimes/runtimes.js';
import { fakeNode } from '../../../support/aggregate/fake-siblings.js';
import { FakeUpstream } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig } from '../../../support/aggregate/harness.js';
import { pageOf } from '../../../support/aggregate/items.js';
import { ManualClock } from '../../../support/aggregate/manual-clock.js';

const caller = (subject: string) => callerContext({ ...anonymousIdentity, issuer: 'i', subject });
const [alice, bob] = [caller('alice'), caller('bob')];
const tool = (name: string, description = 'good') => ({
  name,
  description,
  inputSchema: { type: 'object' },
});
const evil = tool('t', 'evil');
const note = (name = 'good') => ({ uri: 'note:///a', name });
const digestOf = (one: object) => fingerprint(Buffer.from(JSON.stringify(one))).digest;
const lockfile = JSON.stringify({
  lockfile: 'kong-plugin-mcp/pins/1',
  tools: { t: { digest: digestOf(tool('t')) } },
  resources: { 'note:///a': { digest: digestOf(note()) } },
});

/** One endpoint in two workers, each of which asks the server for itself. */
describe('what one worker withholds of a caller’s list', () => {
  let clock: ManualClock;
  let workers: { readonly runtimes: Runtimes; readonly own: FakeUpstream }[];
  /** Tools by context. */
  let tools: Record<string, object[]>;
  let told: unknown[];
  const config = () => {
    const plain = kongConfig([{ name: 'own' }]);
    const servers = plain.servers?.map((server) => {
      return { ...server, pin: 'enforce' as const, pin_lockfile_text: lockfile };
    });
    return readConfig({ ...plain, servers });
  };
  const itemsOf = (at: number, who: CallerContext) =>
    workers[at]!.runtimes.use(config()).itemsFor(who);
  const list = async (at: number, who: CallerContext, kind: ItemKind = 'tool') =>
    (await pageOf(itemsOf(at, who).lists[kind])).toString();
  const resolve = (at: number, who: CallerContext, name = 'own__t') =>
    itemsOf(at, who).router.resolve('tool', name);
  const read = (at: number, who: CallerContext) =>
    itemsOf(at, who).router.resolveUri('resource', 'mcp+own+note:///a');
  const asked = (at: number, who: CallerContext) =>
    workers[at]!.own.listedFor.filter((context) => context === who.authorizationContext).length;
  const heard = async () => {
    for (let turn = 0; turn < 3; turn++) await new Promise((done) => setImmediate(done));
  };
  const showEvil = () => void (tools[alice.authorizationContext] = [evil]);

  beforeEach(async () => {
    clock = new ManualClock();
    tools = Object.fromEntries(
      [alice, bob].map(({ authorizationContext }) => [authorizationContext, [tool('t')]]),
    );
    told = [];
    workers = fakeNode(2).workers.map((siblings) => {
      const own = new FakeUpstream('own');
      own.listsPerCaller = true;
      own.toolsOf = (context) => tools[context] ?? [];
      own.more = { resource: [note()] };
      siblings.onTold('withheld', (message) => told.push(message));
      const acquire = () => ({ upstream: own, release: () => undefined });
      return { own, runtimes: new Runtimes(acquire, clock, undefined, siblings) };
    });
    // Once the lockfile has been read, all lists are looked at anew.
    for (const at of [0, 1]) await list(at, caller('first'));
  });
  afterEach(() => {
    for (const { runtimes } of workers) runtimes.close();
  });

  it('the others withhold, without having been asked for the list', async () => {
    for (const at of [0, 1]) for (const who of [alice, bob]) await resolve(at, who);
    await heard();
    expect(told).toEqual([]);
    showEvil();
    clock.advance(60_000);
    expect(await list(0, alice)).not.toContain('own__t');
    await heard();
    await expect(resolve(1, alice)).rejects.toMatchObject({ code: 'unknown_tool' });
    expect(await resolve(1, bob)).toMatchObject({ original: 't' });
    expect([asked(1, alice), asked(1, bob)]).toEqual([2, 1]);
  });

  it('is told once, by no name, and not told back', async () => {
    for (const at of [0, 1]) await resolve(at, alice);
    showEvil();
    clock.advance(60_000);
    for (const at of [0, 1, 0, 1]) {
      await list(at, alice);
      await heard();
    }
    clock.advance(60_000);
    for (const at of [0, 1]) await list(at, alice);
    await heard();
    expect([asked(0, alice), asked(1, alice)]).toEqual([3, 3]);
    expect(told).toHaveLength(1);
    expect(Object.keys(told[0] as object).sort()).toEqual(
      ['context', 'digest', 'hash', 'kind', 'server'].sort(),
    );
    expect(JSON.stringify(told)).not.toContain('evil');
  });

  it('goes by the list that was fetched last, also where a server goes to and fro', async () => {
    const show = (at: number, ...shown: object[]) => {
      workers[at]!.own.toolsOf = () => shown;
    };
    const unknown = { code: 'unknown_tool' };
    for (const at of [0, 1]) {
      show(at, evil, tool('u'));
      await expect(resolve(at, alice)).rejects.toMatchObject(unknown);
    }
    await heard();
    show(0, tool('t'), tool('u'));
    clock.advance(60_000);
    expect(await list(0, alice)).toContain('own__t');
    await heard();
    show(0, evil, tool('u'));
    await expect(resolve(1, alice)).rejects.toMatchObject(unknown);
    await heard();
    await expect(resolve(0, alice)).rejects.toMatchObject(unknown);
  });

  it('is not shown by who was fetching the list meanwhile', async () => {
    await resolve(0, alice);
    let answerOld = (_: unknown[]): void => undefined;
    workers[1]!.own.toolsOf = () => new Promise((answer) => (answerOld = answer));
    const late = resolve(1, alice);
    await heard();
    workers[1]!.own.toolsOf = (context) => tools[context] ?? [];
    showEvil();
    clock.advance(60_000);
    await list(0, alice);
    await heard();
    answerOld([tool('t')]);
    await expect(late).rejects.toMatchObject({ code: 'unknown_tool' });
    expect(asked(1, alice)).toBe(2);
  });

  it('cannot be called or read where the server lists nothing any more', async () => {
    for (const at of [0, 1]) {
      await resolve(at, alice);
      await list(at, alice, 'resource');
    }
    showEvil();
    workers[0]!.own.more = { resource: [note('evil')] };
    clock.advance(60_000);
    await list(0, alice);
    await list(0, alice, 'resource');
    await heard();
    workers[1]!.own.onList = () => Promise.reject(new McpError('upstream_unavailable', 'down'));
    await expect(resolve(1, alice)).rejects.toMatchObject({ code: 'upstream_unavailable' });
    await expect(read(1, alice)).rejects.toMatchObject({ code: 'unknown_resource' });
    expect(await read(1, bob)).toMatchObject({ original: 'note:///a' });
  });

  it('cannot be read by who has listed nothing there', async () => {
    expect(await read(1, bob)).toMatchObject({ original: 'note:///a' });
    for (const { own } of workers) own.more = { resource: [note('evil')] };
    await expect(read(1, alice)).rejects.toMatchObject({ code: 'unknown_resource' });
    expect(await read(1, bob)).toMatchObject({ original: 'note:///a' });
  });
});
