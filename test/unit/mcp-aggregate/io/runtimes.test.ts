import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import type { Runtime } from '../../../../plugins/mcp-aggregate/io/runtimes/runtime.js';
import { Runtimes } from '../../../../plugins/mcp-aggregate/io/runtimes/runtimes.js';
import { anonymousIdentity } from '../../../../lib/identity/identity.js';
import { callerContext } from '../../../../plugins/mcp-aggregate/core/admit/caller.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig } from '../../../support/aggregate/harness.js';
import { ManualClock } from '../../../support/aggregate/manual-clock.js';

const nobody = callerContext(anonymousIdentity);
let runtimes: Runtimes | undefined;
afterEach(() => runtimes?.close());

function set() {
  const clock = new ManualClock();
  const held = new Map<string, number>();
  const upstream = new FakeUpstream('a', [tool('t')]);
  const made = new Runtimes(({ name }) => {
    if (name === 'broken') throw new Error('secret path');
    held.set(name, (held.get(name) ?? 0) + 1);
    return { upstream, release: () => void held.set(name, held.get(name)! - 1) };
  }, clock);
  runtimes = made;
  return { clock, held, runtimes: made, upstream };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const toolsOf = async (runtime: Runtime) => {
  const subject = { claims: {}, granted: new Set<string>() };
  return runtime.itemsFor(nobody).lists.tool.page({ from: undefined, cursorOf: () => '', subject });
};

const configOf = (more: object = {}, names = ['a']) =>
  readConfig(
    kongConfig(
      names.map((name) => ({ name })),
      { ...more },
    ),
  );

describe('Runtimes', () => {
  it('shares one among the instances of a configuration', () => {
    const { runtimes, held } = set();
    for (const seq of [1, 2, 3]) runtimes.start(configOf({ __seq__: seq }));
    expect(runtimes.size).toBe(1);
    expect(held.get('a')).toBe(1);
  });

  it('begins to fetch lists before anybody asks for them', async () => {
    const { runtimes, upstream } = set();
    runtimes.start(configOf());
    await settle();
    expect(upstream.lists).toBe(1);
  });

  it('gives a configuration up ten minutes after its last use, and makes it again', () => {
    const { runtimes, clock, held, upstream } = set();
    runtimes.start(configOf());
    clock.advance(599_999);
    runtimes.sweep();
    expect(runtimes.size).toBe(1);
    runtimes.use(configOf());
    clock.advance(599_999);
    runtimes.sweep();
    expect(runtimes.size).toBe(1);
    clock.advance(1);
    runtimes.sweep();
    expect([runtimes.size, held.get('a'), upstream.listeners]).toEqual([0, 0, 0]);
    runtimes.use(configOf());
    clock.advance(60_000);
    runtimes.sweep();
    expect([runtimes.size, held.get('a')]).toEqual([1, 1]);
  });

  it('gives a superseded one up as soon as its calls have ended', () => {
    const { runtimes, clock, held } = set();
    const old = configOf();
    runtimes.start(old);
    const leave = runtimes.use(old).enter();
    runtimes.start(configOf({ list_ttl: 30 }));
    clock.advance(300_000);
    runtimes.sweep();
    expect(held.get('a')).toBe(2);
    leave();
    leave();
    clock.advance(5000);
    runtimes.sweep();
    expect([runtimes.size, held.get('a')]).toEqual([1, 1]);
  });

  it('does not let one plugin entry supersede another', () => {
    const { runtimes, clock } = set();
    runtimes.start(configOf());
    runtimes.start(configOf({ route_id: 'route-b', __plugin_id: 'plugin-b' }));
    clock.advance(300_000);
    runtimes.sweep();
    expect(runtimes.size).toBe(2);
  });

  it('serves the other servers when one cannot be set up', async () => {
    const { runtimes } = set();
    const runtime = runtimes.use(configOf({}, ['broken', 'a']));
    const list = (await toolsOf(runtime)).toString();
    expect(list).toContain('"a__t"');
    expect(list).toContain('"broken"');
    expect(list).not.toContain('secret');
    await expect(
      runtime.itemsFor(nobody).router.resolve('tool', 'broken__x'),
    ).rejects.toMatchObject({
      code: 'upstream_unavailable',
    });
  });

  it('fetches a list again when its server says that it has changed', async () => {
    const { runtimes, clock, upstream } = set();
    const runtime = runtimes.use(configOf());
    await toolsOf(runtime);
    clock.advance(1000);
    upstream.tools = [tool('u')];
    upstream.changed('notifications/prompts/list_changed');
    await settle();
    expect(upstream.lists).toBe(1);
    upstream.changed();
    await settle();
    expect(upstream.lists).toBe(2);
    expect((await toolsOf(runtime)).toString()).toContain('"a__u"');
  });
});
