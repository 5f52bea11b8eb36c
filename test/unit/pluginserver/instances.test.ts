import { describe, expect, test } from 'vitest';
import { createInstanceIds } from '../../../kong/pluginserver/instance-ids.js';
import { Instances, InstanceStartError } from '../../../kong/pluginserver/instances.js';
import type { InstancesOptions } from '../../../kong/pluginserver/instances.js';
import { loadKongPdk } from '../../../kong/pluginserver/kong-pdk.js';

class Plugin {
  static closed: number[] = [];
  readonly #n: number;

  constructor(config: { readonly n: number }) {
    if (config.n < 0) throw new Error('n must not be negative');
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
    missing: () => [],
  };
  const instances = new Instances({
    plugins: new Map([['counted', plugin]]),
    onCloseError: (_name, error) => errors.push(error),
    now: () => clock.now,
    idleMs: 100,
    ...options,
  });
  const start = (n: number) => instances.start('counted', Buffer.from(JSON.stringify({ n })));
  return { instances, start, clock, errors };
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

  test('does not start from what the plugin refuses, nor from anything but JSON', () => {
    const { instances, start } = setUp();
    expect(() => start(-1)).toThrow(InstanceStartError);
    expect(() => instances.start('counted', Buffer.from('{'))).toThrow(InstanceStartError);
    expect(() => instances.start('nobody', Buffer.from('{}'))).toThrow('there is no plugin nobody');
    expect(instances.size).toBe(0);
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
