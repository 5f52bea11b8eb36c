import { afterEach, describe, expect, test, vi } from 'vitest';
import { createInstanceIds } from '../../../kong/pluginserver/instances/instance-ids.js';
import { Instances, InstanceStartError } from '../../../kong/pluginserver/instances/instances.js';
import type { Instance } from '../../../kong/pluginserver/instances/instance.js';
import type { InstancesOptions } from '../../../kong/pluginserver/instances/instances.js';
import { loadKongPdk } from '../../../kong/pluginserver/pdk/kong-pdk.js';
import { Refusals } from '../../../kong/pluginserver/refused/refusals.js';
import { ConfigError } from '../../../lib/errors/errors.js';
import type { KongPort } from '../../../lib/kong/kong-port.js';
import { fakeKong } from '../../support/fake-kong-port.js';

class Plugin {
  static closed: number[] = [];
  readonly #n: number;

  constructor(config: { readonly n: number }) {
    if (config.n < 0) throw new ConfigError('n', 'must not be negative');
    this.#n = config.n;
  }

  close(): void {
    Plugin.closed.push(this.#n);
    if (this.#n === 13) throw new Error('cannot close');
  }
}

function setUp(options: Partial<InstancesOptions> = {}) {
  Plugin.closed = [];
  const clock = { now: 1000 };
  const errors: unknown[] = [];
  const { Module } = loadKongPdk();
  const module = new Module('counted', undefined, { Plugin: Plugin as never });
  const nothing = () => Promise.resolve();
  const plugin = {
    module,
    schema: {},
    ready: nothing,
    shutdown: nothing,
    status: () => ({}),
    mergeStatus: () => ({}),
    details: async () => undefined,
    missing: () => [],
  };
  const refusals = new Refusals(() => clock.now);
  const instances = new Instances({
    plugins: new Map([['counted', plugin]]),
    refusals,
    onCloseError: (_name, error) => errors.push(error),
    now: () => clock.now,
    idleMs: 100,
    ...options,
  });
  const start = (n: number) =>
    instances.start('counted', Buffer.from(JSON.stringify({ n, __plugin_id: 'entry' })));
  return { instances, start, clock, errors, refusals };
}

describe('an instance', () => {
  test('that is unused for too long is closed', () => {
    const { instances, start, clock } = setUp();
    const unused = start(1);
    const used = start(2);
    clock.now += 80;
    expect(instances.get(used.id)).toBe(used);
    clock.now += 80;
    instances.retireIdle();
    expect(Plugin.closed).toEqual([1]);
    expect(instances.get(unused.id)).toBeUndefined();
    expect(instances.get(used.id)).toBe(used);
  });

  test('above the bound takes the place of the least recently used one', () => {
    const { instances, start } = setUp({ capacity: 2 });
    const first = start(1);
    start(2);
    instances.get(first.id);
    start(3);
    expect(Plugin.closed).toEqual([2]);
    expect(instances.size).toBe(2);
  });

  test('closes after its last event', () => {
    const { instances, start } = setUp();
    const busy = start(1);
    busy.acquire();
    busy.acquire();
    instances.close(busy.id);
    busy.release();
    expect(Plugin.closed).toEqual([]);
    busy.release();
    expect(Plugin.closed).toEqual([1]);
  });

  test('that fails to close is reported, no more', async () => {
    const { instances, start, errors } = setUp();
    instances.close(start(13).id);
    await Promise.resolve();
    expect(errors).toEqual([new Error('cannot close')]);
  });

  test('does not start from anything but JSON, nor for an unknown plugin', () => {
    const { instances } = setUp();
    expect(() => instances.start('counted', Buffer.from('{'))).toThrow(InstanceStartError);
    expect(() => instances.start('nobody', Buffer.from('{}'))).toThrow('there is no plugin nobody');
    expect(instances.size).toBe(0);
  });
});

describe('an instance whose configuration the plugin refuses', () => {
  const silent = () => vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  afterEach(() => vi.restoreAllMocks());

  async function ask(instance: Instance) {
    const kong = fakeKong({ answers: { 'router.getRoute': { id: 'r', name: 'the-route' } } });
    const plugin = instance.acquire() as { access(port: KongPort): Promise<void> };
    await plugin.access(kong.port);
    instance.release();
    return kong;
  }

  test('starts, answers every request 503 and tells Kong why once', async () => {
    const stderr = silent();
    const { start, refusals } = setUp();
    const instance = start(-1);
    const first = await ask(instance);
    expect(first.exit()).toMatchObject({ status: 503 });
    expect(JSON.parse(first.exit()!.body)).toMatchObject({ error: { code: -31020 } });
    expect(first.exit()!.body).not.toContain('negative');
    expect(first.callsOf('log.err')).toEqual([
      [
        'log.err',
        'counted: the configuration of the-route is refused, every request is answered 503: n: must not be negative',
      ],
    ]);
    const second = await ask(instance);
    expect(second.exit()).toEqual(first.exit());
    expect(second.calls).toHaveLength(1);
    expect(refusals.all()).toMatchObject([
      { plugin: 'counted', entry: 'entry', route: 'the-route', requests: 2 },
    ]);
    const lines = stderr.mock.calls.map(([line]) => JSON.parse(String(line)) as object);
    expect(lines).toMatchObject([
      { event: 'configuration_refused', field: 'n', reason: 'n: must not be negative' },
    ]);
  });

  test('ends after a minute, so that what was mended elsewhere counts', () => {
    silent();
    const { instances, start, clock } = setUp({ idleMs: 1e9 });
    const { id } = start(-1);
    clock.now += 59_999;
    expect(instances.get(id)?.id).toBe(id);
    clock.now += 1;
    expect(instances.get(id)).toBeUndefined();
  });

  test('is forgotten once the entry starts, or after ten minutes without a request', async () => {
    silent();
    const { start, clock, refusals } = setUp();
    start(-1);
    expect(refusals.all()).toHaveLength(1);
    start(1);
    expect(refusals.all()).toEqual([]);
    const refused = start(-1);
    clock.now += 599_999;
    expect(refusals.all()).toHaveLength(1);
    await ask(refused);
    clock.now += 599_999;
    expect(refusals.all()).toHaveLength(1);
    clock.now += 2;
    expect(refusals.all()).toEqual([]);
  });
});

describe('instance ids', () => {
  test('never come twice', () => {
    const next = createInstanceIds();
    const ids = new Set(Array.from({ length: 50_000 }, () => next()));
    expect(ids.size).toBe(50_000);
  });

  test('depend on nothing but a secret of the process', () => {
    const first = createInstanceIds();
    const second = createInstanceIds();
    const ids = new Set(Array.from({ length: 1000 }, () => first()));
    expect(Array.from({ length: 1000 }, () => second()).filter((id) => ids.has(id))).toHaveLength(
      0,
    );
  });
});
