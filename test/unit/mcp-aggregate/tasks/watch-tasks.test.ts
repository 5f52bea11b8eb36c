import { describe, expect, it, vi } from 'vitest';
import { Cancellation } from '../../../../lib/flow/cancellation.js';
import { anonymousIdentity } from '../../../../lib/identity/identity.js';
import { callerContext } from '../../../../plugins/mcp-aggregate/core/admit/caller.js';
import type { TaskHearing } from '../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { watchTasks } from '../../../../plugins/mcp-aggregate/endpoint/modern/listen/watch-tasks.js';
import { exposureOf } from '../../../support/aggregate/exposure.js';
import { done, FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { endpointOf } from '../../../support/aggregate/items.js';

class TellingUpstream extends FakeUpstream {
  readonly hearings: TaskHearing[] = [];
  onHear: (hearing: TaskHearing) => Promise<ReadonlySet<string>> = ({ ids }) =>
    Promise.resolve(ids);

  hearTasks(hearing: TaskHearing): Promise<ReadonlySet<string>> {
    this.hearings.push(hearing);
    return this.onHear(hearing);
  }
}

function watching(...names: string[]) {
  const upstreams = names.map((name) => new TellingUpstream(name, [tool('t')]));
  const { router } = endpointOf(
    upstreams.map((upstream) => ({
      upstream,
      exposure: exposureOf({ name: upstream.name }),
      prefix: `${upstream.name}__`,
    })),
  ).items;
  const told: unknown[] = [];
  const signal = new Cancellation();
  const watcher = {
    caller: callerContext(anonymousIdentity),
    capabilities: undefined,
    signal,
    onNote: (params: Buffer) => told.push(JSON.parse(params.toString())),
  };
  const targetOf = (server: string, id: string) =>
    router.taskTarget(`sealed-${id}`, { server, tool: 't', id })!;
  return { upstreams, told, signal, watcher, targetOf };
}

const state = (taskId: string, status = 'working') =>
  Buffer.from(JSON.stringify({ taskId, status }));
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('watchTasks', () => {
  it('tells of tasks of several servers, under the ids that the client knows', async () => {
    const { upstreams, told, watcher, targetOf } = watching('a', 'b');
    const targets = [targetOf('a', '1'), targetOf('b', '1'), targetOf('b', '2')];
    upstreams[1]!.onHear = () => Promise.resolve(new Set(['2']));
    expect(await watchTasks(targets, watcher, 5_000)).toEqual(['sealed-1', 'sealed-2']);
    expect(upstreams.map(({ hearings }) => [...hearings[0]!.ids])).toEqual([['1'], ['1', '2']]);
    upstreams[0]!.hearings[0]!.onNote(state('1'));
    upstreams[1]!.hearings[0]!.onNote(state('2', 'completed'));
    await turn();
    expect(told).toEqual([
      { taskId: 'sealed-1', status: 'working' },
      { taskId: 'sealed-2', status: 'completed' },
    ]);
  });

  it('tells of nothing else', async () => {
    const { upstreams, told, watcher, targetOf } = watching('a');
    await watchTasks([targetOf('a', '1')], watcher, 5_000);
    const { onNote } = upstreams[0]!.hearings[0]!;
    onNote(state('another'));
    onNote(Buffer.from('{"taskId":"1","taskId":"1"}'));
    onNote(Buffer.from('{"status":"working"}'));
    await turn();
    expect(told).toEqual([]);
  });

  it('counts on no server that refuses, agrees to nothing or is late', async () => {
    const { upstreams, watcher, targetOf } = watching('a', 'b', 'c');
    const [a, b, c] = upstreams;
    a!.onHear = () => Promise.reject(new Error('no'));
    b!.onHear = () => Promise.resolve(new Set());
    c!.onHear = () => new Promise(() => undefined);
    const targets = ['a', 'b', 'c'].map((name) => targetOf(name, '1'));
    expect(await watchTasks(targets, watcher, 10)).toEqual([]);
    for (const { hearings } of [b!, c!]) expect(hearings[0]!.signal.aborted).toBe(true);
  });

  it('ends with its client', async () => {
    const { upstreams, told, signal, watcher, targetOf } = watching('a');
    await watchTasks([targetOf('a', '1')], watcher, 5_000);
    const { onNote, signal: inner } = upstreams[0]!.hearings[0]!;
    signal.abort();
    expect(inner.aborted).toBe(true);
    onNote(state('1'));
    await turn();
    expect(told).toEqual([]);
  });

  it('hears again where a server ends its stream, and tells what happened meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const { upstreams, told, watcher, targetOf } = watching('a');
      const [upstream] = upstreams;
      await watchTasks([targetOf('a', '1')], watcher, 5_000);
      upstream!.script = () => done({ taskId: '1', status: 'completed' });
      upstream!.hearings[0]!.onLost();
      await vi.advanceTimersByTimeAsync(1_000);
      await turn();
      expect(told).toEqual([{ taskId: 'sealed-1', status: 'completed' }]);
      expect(upstream!.hearings).toHaveLength(2);
      expect(upstream!.calls[0]).toMatchObject({ method: 'tasks/get', mirrored: '1', tasks: true });
    } finally {
      vi.useRealTimers();
    }
  });
});
