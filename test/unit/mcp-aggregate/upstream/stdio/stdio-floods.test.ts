import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { Child } from '../../../../../plugins/mcp-aggregate/upstream/stdio/child.js';
import { FloodGate } from '../../../../../plugins/mcp-aggregate/upstream/failure/flood-gate.js';
import { gone, stdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import type { StdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import { only, stdioUpstream, testCall } from '../../../../support/upstreams/under-test.js';

describe('a child that writes without end what no call waits for', () => {
  let fixture: StdioFixture;
  let upstream: Upstream;
  afterEach(async () => {
    await upstream.close();
    fixture.remove();
  });

  const floodBounds = { messages: 5_000, bytes: 20_000_000, windowMs: 60_000 };
  const tool = (name: string, input: object = {}) =>
    only(upstream.call(testCall({ name, arguments: input })));
  const textOf = (event: unknown) =>
    JSON.parse((event as { done: string }).done).content[0].text as string;

  it.each(['garbage', 'pings', 'answers', 'changes', 'bytes', 'errors'])(
    '%s: is ended, its calls say why, and the next call has a new one',
    async (what) => {
      fixture = stdioFixture();
      upstream = stdioUpstream(fixture, { timeoutMs: 50_000, tuning: { floodBounds } });
      const pid = Number(textOf(await tool('pid')));
      expect(await tool('babble', { what })).toEqual({
        fail: 'upstream_unavailable',
        message: 'server srv was ended: it wrote without end what nobody waited for',
        data: { server: 'srv', state: 'failing' },
      });
      await gone(pid);
      expect(Number(textOf(await tool('pid')))).not.toBe(pid);
    },
  );

  it('is not one whose answers are many and large', async () => {
    fixture = stdioFixture();
    upstream = stdioUpstream(fixture, { tuning: { floodBounds: { ...floodBounds, bytes: 3e6 } } });
    for (let n = 0; n < 10; n++) {
      expect(await tool('large', { bytes: 1_000_000, idFirst: true })).toHaveProperty('done');
    }
  });
});

describe('the bounds of what a child may write', () => {
  const bounds = { messages: 2, bytes: 100, windowMs: 1000 };

  it('are for a while: then it is counted anew', () => {
    let now = 0;
    const gate = new FloodGate(bounds, () => now);
    expect([gate.came(60), gate.wasUnwanted(), gate.wasUnwanted()]).toEqual([false, false, false]);
    now = 1000;
    expect([gate.came(60), gate.wasUnwanted(), gate.wasUnwanted()]).toEqual([false, false, false]);
    expect(gate.wasUnwanted()).toBe(true);
    expect(gate.came(60)).toBe(true);
  });

  it('are not touched by what calls waited for', () => {
    const gate = new FloodGate(bounds, () => 0);
    for (let n = 0; n < 10; n++) {
      expect(gate.came(90)).toBe(false);
      gate.wasWanted(90);
    }
  });
});

it('a child that is paused is not read, however much it writes at once', async () => {
  const script = `const text = 'x'.repeat(1e6); const more = () => process.stdout.write(text, more); more();`;
  let [bytes, before, ended] = [0, 0, false];
  const child = new Child(
    { kind: 'stdio', command: process.execPath, args: ['-e', script], env: {} },
    process.env,
    {
      onStdout: (chunk) => {
        bytes += chunk.length;
        if (bytes < 1_000_000 || before > 0) return;
        before = bytes;
        child.pause();
      },
      onStderr: () => undefined,
      onEnd: () => (ended = true),
    },
  );
  onTestFinished(() => child.close(10));
  const turn = () => new Promise((resolve) => void setTimeout(resolve, 20));
  while (before === 0 && !ended) await turn();
  for (let n = 0; n < 10; n++) await turn();
  expect(bytes).toBe(before);
  child.resume();
  while (bytes === before && !ended) await turn();
  expect(ended).toBe(false);
});
