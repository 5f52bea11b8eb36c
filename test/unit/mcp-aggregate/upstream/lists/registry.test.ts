import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { UpstreamRegistry } from '../../../../../plugins/mcp-aggregate/upstream/registry.js';
import { serverConfig } from '../../../../support/upstreams/under-test.js';

const server = serverConfig({ target: 'http://127.0.0.1:1/mcp' });
const other = serverConfig({ target: 'http://127.0.0.1:2/mcp' });

function setUp() {
  const closed: string[] = [];
  let created = 0;
  const registry = new UpstreamRegistry((config) => {
    const name = `${config.target}#${++created}`;
    const close = async () => void closed.push(name);
    return { name, close } as Partial<Upstream> as Upstream;
  }, 1000);
  return { registry, closed };
}

describe('the registry', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('gives the same upstream to every holder of a key, and another to another key', () => {
    const { registry } = setUp();
    const lease = registry.acquire(server);
    expect(registry.acquire({ ...server }).upstream).toBe(lease.upstream);
    expect(registry.acquire(other).upstream).not.toBe(lease.upstream);
  });

  it('closes an upstream a while after its last holder released it', () => {
    const { registry, closed } = setUp();
    const [one, two] = [registry.acquire(server), registry.acquire(server)];
    one.release();
    one.release();
    vi.advanceTimersByTime(5000);
    expect(closed).toEqual([]);
    two.release();
    vi.advanceTimersByTime(999);
    expect(closed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(closed).toEqual([one.upstream.name]);
    expect(registry.acquire(server).upstream).not.toBe(one.upstream);
  });

  it('keeps it when it is taken again meanwhile', () => {
    const { registry, closed } = setUp();
    const first = registry.acquire(server);
    first.release();
    vi.advanceTimersByTime(999);
    expect(registry.acquire(server).upstream).toBe(first.upstream);
    vi.advanceTimersByTime(5000);
    expect(closed).toEqual([]);
  });

  it('closes all at once when the process ends, and none of them again', async () => {
    const { registry, closed } = setUp();
    const lease = registry.acquire(server);
    registry.acquire(other).release();
    await registry.closeAll();
    expect(closed).toHaveLength(2);
    lease.release();
    vi.advanceTimersByTime(5000);
    expect(closed).toHaveLength(2);
  });

  it('keeps nothing of an upstream that cannot be created', () => {
    let fail = true;
    const registry = new UpstreamRegistry(() => {
      if (fail) throw new Error('refused');
      return {} as Upstream;
    });
    expect(() => registry.acquire(server)).toThrow('refused');
    fail = false;
    expect(registry.acquire(server).upstream).toBeDefined();
  });
});
