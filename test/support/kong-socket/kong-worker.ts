import {
  decodeRpcReturn,
  encodeRpcCall,
  type RpcReturn,
} from '../../../kong/pluginserver/wire/messages.js';
import type { Command } from '../../../kong/pluginserver/wire/rpc-call.js';
import { decodeArgs, encodeResult } from '../../../kong/pluginserver/pdk/pdk-methods.js';
import { ReadError, Wire } from './wire.js';

/** What Kong answers a PDK call with; a missing method answers nil. */
export type PdkAnswers = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface PdkCall {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** How an event ended, and what it took. */
export interface Outcome {
  readonly end: 'returned' | 'exited';
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly calls: readonly PdkCall[];
  /** Writes of the server, its answer to the call included. */
  readonly flushes: number;
}

function instanceKey(name: string, config: unknown): string {
  return `${name} ${JSON.stringify(config)}`;
}

/** One nginx worker of Kong's, as far as a plugin server can see it. */
export class KongWorker {
  readonly #path: string;
  readonly #idle: Wire[] = [];
  readonly #instances = new Map<string, number>();
  #sequence = 0;
  /** Calls of `cmd_handle_event` sent so far. */
  events = 0;
  /** Calls of `cmd_start_instance` sent so far. */
  starts = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** A connection from the pool, the last one used first, as nginx does; or a new one. */
  async connection(): Promise<Wire> {
    for (;;) {
      const wire = this.#idle.pop();
      if (wire === undefined) return Wire.open(this.#path);
      if (wire.open) return wire;
      wire.destroy();
    }
  }

  /** Sends a command and reads its answer. @throws ReadError */
  async command(command: Command): Promise<RpcReturn> {
    const wire = await this.connection();
    return this.#finish(wire, this.#call(wire, command));
  }

  async start(name: string, config: unknown): Promise<number> {
    this.starts += 1;
    const bytes = Buffer.from(JSON.stringify(config));
    const { instanceStatus } = await this.command({ type: 'startInstance', name, config: bytes });
    if (instanceStatus === undefined) throw new Error('no instance status');
    return instanceStatus.instanceId;
  }

  /** Runs one event as Kong's bridge loop does; it may pause once. @throws ReadError */
  async event(
    instanceId: number,
    answers: PdkAnswers = {},
    eventName = 'access',
    beforeAnswer: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Outcome> {
    const wire = await this.connection();
    const before = wire.chunks;
    this.events += 1;
    const sequence = this.#call(wire, { type: 'handleEvent', instanceId, eventName });
    const calls: PdkCall[] = [];
    let pause: (() => Promise<void>) | undefined = beforeAnswer;
    for (;;) {
      const method = (await wire.read()).toString();
      if (method === '') break;
      const args = decodeArgs(method, await wire.read());
      calls.push({ method, args });
      if (method === 'kong.response.exit') {
        wire.destroy();
        const [status, body, headers] = args as [number, Buffer, Outcome['headers']];
        const text = Buffer.from(body).toString();
        return { end: 'exited', status, body: text, headers, calls, flushes: wire.chunks - before };
      }
      await pause?.();
      pause = undefined;
      const answer = answers[method] as ((...values: unknown[]) => unknown) | undefined;
      wire.send(encodeResult(method, answer?.(...args)));
    }
    await this.#finish(wire, sequence);
    return { end: 'returned', calls, flushes: wire.chunks - before };
  }

  /** One request: starts an instance where none is known, and retries exactly as Kong does. */
  async request(name: string, config: unknown, answers: PdkAnswers = {}): Promise<Outcome> {
    for (;;) {
      const known = this.#instances.get(instanceKey(name, config));
      const id = known ?? (await this.start(name, config));
      this.remember(name, config, id);
      try {
        return await this.event(id, answers);
      } catch (error) {
        if (!(error instanceof ReadError) || error.message !== 'closed') throw error;
        this.#instances.clear();
      }
    }
  }

  /** Makes `id` the instance that this worker believes in. */
  remember(name: string, config: unknown, id: number): void {
    this.#instances.set(instanceKey(name, config), id);
  }

  close(): void {
    for (const wire of this.#idle.splice(0)) wire.destroy();
  }

  #call(wire: Wire, command: Command): number {
    this.#sequence += 1;
    wire.send(encodeRpcCall({ sequence: this.#sequence, command }));
    return this.#sequence;
  }

  async #finish(wire: Wire, sequence: number): Promise<RpcReturn> {
    const answer = decodeRpcReturn(await wire.read());
    if (answer.sequence !== sequence) throw new Error('the answer has another sequence number');
    this.#idle.push(wire);
    return answer;
  }
}
