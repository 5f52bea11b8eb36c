import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { log } from '../../../lib/log.js';
import { StartError } from '../process/start-error.js';
import { Channel } from './channel.js';
import type { ToPrimary, ToWorker, Welcome } from './messages.js';

export type ToSlot = Channel<ToWorker, ToPrimary>;

export interface SlotOptions {
  readonly slot: number;
  /** What a process of this slot hears first. */
  readonly welcome: () => Welcome;
  /** Sets what the primary does for the worker at the other end. */
  readonly serve: (channel: ToSlot, slot: Slot) => void;
  /** A process of the slot has become live, has announced its port, or has ended. */
  readonly onChange: () => void;
  /** A connection was given to a process that has ended, and has not reached it. */
  readonly onOrphan: (socket: Socket) => void;
  /** Starts a process; for tests. */
  readonly spawn?: (slot: number) => ChildProcess;
}

/** How long a worker may take to load the plugins and to have them ready. */
const startMs = 60_000;
/** One that lived that long did not die of its start. */
const soundMs = 10_000;
/** Pauses before further attempts, in milliseconds; the last one repeats. */
const pauses = [0, 250, 500, 1_000, 2_000, 5_000];
/** Characters of messages that may wait for a worker which does not read. */
const mostUnsent = 16_777_216;

const entry = fileURLToPath(new URL('./worker.js', import.meta.url));

function spawnWorker(slot: number): ChildProcess {
  return fork(entry, [String(slot)], {
    // Bytes are sent as bytes.
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Why a process could not be started. */
async function failureOf(child: ChildProcess): Promise<Error> {
  const [error] = (await once(child, 'error')) as [Error];
  return error;
}

/** A place among the workers, and the process that has it. */
export class Slot {
  readonly slot: number;
  readonly #options: SlotOptions;
  /** One that was started: Node signals its own process group by one that was not. */
  #child: ChildProcess | undefined;
  #channel: ToSlot | undefined;
  #port: number | undefined;
  #live = false;
  #keptUp = false;
  #stopping = false;
  #failures = 0;
  #unsent = 0;
  #next: NodeJS.Timeout | undefined;
  /** A connection on its way to the process, and those that wait until that has been taken. */
  #handed: Socket | undefined;
  #queue: Socket[] = [];
  /** Processes that have taken the place of another. */
  restarts = 0;

  constructor(options: SlotOptions) {
    this.slot = options.slot;
    this.#options = options;
  }

  /** Whether a process serves here. */
  get live(): boolean {
    return this.#live;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Where the aggregator of a live process listens. */
  get port(): number | undefined {
    return this.#live ? this.#port : undefined;
  }

  /** Connections that were given and not yet taken. */
  get owed(): number {
    return this.#queue.length + (this.#handed === undefined ? 0 : 1);
  }

  /** To the process here, which may still be starting; undefined where there is none. */
  get channel(): ToSlot | undefined {
    return this.#channel;
  }

  /**
   * Starts the first process; from then on dead ones are replaced.
   * @throws StartError
   */
  async start(): Promise<void> {
    const why = await this.#attempt();
    if (why !== undefined) throw new StartError(why);
    this.#keptUp = true;
    if (this.#child === undefined) this.#again();
  }

  /**
   * Hands a connection of Kong's over. One at a time: what has not left when the process dies can
   * still be given to another.
   */
  give(socket: Socket): void {
    this.#queue.push(socket);
    this.#handNext();
  }

  /** Says what another worker tells; lost where this one has not read for long. */
  pass(told: ToWorker['told']['says']): void {
    const size = JSON.stringify(told).length;
    if (this.#unsent + size > mostUnsent) {
      return log('warn', 'worker_not_told', { slot: this.slot, topic: told.topic });
    }
    const child = this.#child;
    this.#unsent += size;
    const onSent = (): void => {
      if (child === this.#child) this.#unsent -= size;
    };
    this.#channel?.tell('told', told, { onSent });
  }

  /** No process is started here any more. */
  retire(): void {
    this.#stopping = true;
    clearTimeout(this.#next);
  }

  /** Lets the process end what it does, at most `boundMs`, then kills it. */
  async stop(boundMs: number): Promise<void> {
    this.retire();
    const child = this.#child;
    if (child === undefined) return;
    const exited = new Promise<true>((resolve) => child.once('exit', () => resolve(true)));
    this.#channel?.tell('stop', undefined);
    const ended = await Promise.race([exited, wait(boundMs, false, { ref: false })]);
    if (ended) return;
    log('warn', 'worker_stop_bound_reached', { slot: this.slot });
    child.kill('SIGKILL');
    await exited;
  }

  /** Ends the process, which cannot end by itself; another takes its place. */
  replace(): void {
    this.#child?.kill('SIGKILL');
  }

  kill(): void {
    this.retire();
    this.#child?.kill('SIGKILL');
  }

  #handNext(): void {
    if (this.#handed !== undefined) return;
    this.#handed = this.#queue.shift();
    if (this.#handed !== undefined) {
      this.#channel?.tell('connection', undefined, { socket: this.#handed });
    }
  }

  /** The worker has the connection: the copy of it here is not needed any more. */
  #took(): void {
    this.#handed?.destroy();
    this.#handed = undefined;
    this.#handNext();
  }

  /** Answers why the process cannot serve; undefined once it does. */
  async #attempt(): Promise<string | undefined> {
    const { welcome, serve, onChange } = this.#options;
    const startedAt = performance.now();
    const child = this.#spawn();
    const isThere = !(child instanceof Error) && child.pid !== undefined;
    if (!isThere) return this.#notSpawned(child, startedAt);
    const channel: ToSlot = new Channel((message, { socket, onSent = () => undefined }) => {
      // Node closes its own copy once the other side has it, but forgets it where that side dies.
      child.send(message as object, socket, { keepOpen: true }, onSent);
    });
    this.#child = child;
    this.#channel = channel;
    child.once('exit', (code, signal) => this.#gone(code, signal, startedAt));
    child.on('error', ({ message }) =>
      log('error', 'worker_error', { slot: this.slot, error: message }),
    );
    child.on('message', (message, socket) => channel.take(message, socket as Socket | undefined));
    channel.on('took', () => this.#took() as undefined);
    channel.on('port', (port) => {
      this.#port = port;
      onChange();
      return undefined;
    });
    serve(channel, this);
    try {
      const answer = await channel.ask('welcome', welcome(), startMs);
      if (answer.ready) {
        this.#live = true;
        onChange();
        return undefined;
      }
      child.kill('SIGKILL');
      return answer.why;
    } catch (error) {
      child.kill('SIGKILL');
      return `worker ${this.slot}: ${String(error)}`;
    }
  }

  /** Some failures are thrown, as where memory is short, others are told later. */
  #spawn(): ChildProcess | Error {
    const { spawn = spawnWorker } = this.#options;
    try {
      return spawn(this.slot);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Answers why there is no process; another attempt follows as after one that has ended. */
  async #notSpawned(child: ChildProcess | Error, startedAt: number): Promise<string> {
    const error = child instanceof Error ? child : await failureOf(child);
    log('error', 'worker_spawn_failed', { slot: this.slot, error: error.message });
    this.#gone(null, null, startedAt);
    return `worker ${this.slot}: ${error.message}`;
  }

  #gone(code: number | null, signal: NodeJS.Signals | null, startedAt: number): void {
    const sound = this.#live && performance.now() - startedAt >= soundMs;
    const pid = this.#child?.pid;
    this.#channel?.close();
    this.#child = undefined;
    this.#channel = undefined;
    this.#port = undefined;
    this.#live = false;
    this.#unsent = 0;
    const orphans = this.#queue;
    this.#queue = [];
    // Nobody knows how far it got. Closed, Kong tries again; left open, Kong would wait a minute.
    this.#handed?.destroy();
    this.#handed = undefined;
    if (!this.#stopping) {
      log('error', 'worker_ended', { slot: this.slot, pid, code, signal });
      this.#failures = sound ? 0 : this.#failures + 1;
      if (this.#keptUp) this.#again();
    }
    this.#options.onChange();
    for (const socket of orphans) this.#options.onOrphan(socket);
  }

  #again(): void {
    if (this.#stopping) return;
    const pause = pauses[Math.min(this.#failures, pauses.length) - 1] ?? 0;
    this.#next = setTimeout(() => {
      this.restarts += 1;
      void this.#attempt().then((why) => {
        if (why !== undefined) log('error', 'worker_start_failed', { slot: this.slot, why });
      });
    }, pause);
  }
}
