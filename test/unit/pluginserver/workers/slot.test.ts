import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Welcome } from '../../../../kong/pluginserver/workers/messages.js';
import { Slot } from '../../../../kong/pluginserver/workers/slot.js';

/** A worker that says it is ready. */
class FakeWorker extends EventEmitter {
  readonly pid: number | undefined = 7;
  readonly kill = vi.fn();
  send(message: { readonly call?: number }): void {
    const answer = { to: message.call, answer: { ready: true } };
    if (message.call !== undefined) setImmediate(() => this.emit('message', answer));
  }
}

/** What Node answers where there is no descriptor left: it has neither an id nor `send`. */
function notStarted(): ChildProcess {
  const child = Object.assign(new EventEmitter(), { pid: undefined, kill: vi.fn() });
  process.nextTick(() => child.emit('error', new Error('spawn EMFILE')));
  return child as unknown as ChildProcess;
}

const memory = (): never => {
  throw new Error('spawn ENOMEM');
};

let said: string[];
let workers: FakeWorker[];
let next: (() => ChildProcess) | undefined;
let slot: Slot;

beforeEach(() => {
  [said, workers, next] = [[], [], undefined];
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => said.push(String(line)) > 0);
  slot = new Slot({
    slot: 0,
    welcome: () => ({}) as Welcome,
    serve: () => undefined,
    onChange: () => undefined,
    onOrphan: () => undefined,
    spawn: () => {
      const failing = next;
      next = undefined;
      if (failing !== undefined) return failing();
      const worker = new FakeWorker();
      workers.push(worker);
      return worker as unknown as ChildProcess;
    },
  });
});
afterEach(() => {
  slot.kill();
  vi.restoreAllMocks();
});

describe.each([
  ['ENOMEM', memory],
  ['EMFILE', notStarted],
])('a process that cannot be started (%s)', (code, failing) => {
  it('is tried again where it replaces a dead one, and the log says why', async () => {
    await slot.start();
    next = failing;
    workers[0]!.emit('exit', 1, null);
    await vi.waitFor(() => expect(slot.live).toBe(true), { timeout: 5_000 });
    expect(said.join('')).toMatch(new RegExp(`"worker_spawn_failed".*spawn ${code}`));
  });

  it('is no start of the server', async () => {
    next = failing;
    await expect(slot.start()).rejects.toThrow(`spawn ${code}`);
    expect(slot.channel).toBeUndefined();
  });
});

it('nothing is signalled where there is no process: Node would kill the group of this one', async () => {
  const kill = vi.fn();
  const child = Object.assign(notStarted(), { kill });
  next = () => child;
  const starting = slot.start();
  slot.kill();
  await expect(starting).rejects.toThrow('spawn EMFILE');
  expect(kill).not.toHaveBeenCalled();
});
