import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { sealingKeys } from '../../../lib/handles/sealing-keys.js';
import { log } from '../../../lib/log.js';
import type { ServerOptions } from '../options.js';
import { showPages } from '../operations/operations.js';
import type { Operations } from '../operations/operations.js';
import { Door } from '../process/door.js';
import type { Host } from '../process/serving.js';
import { checkSocketPath } from '../process/socket-path.js';
import { watchProcess } from '../operations/process-figures.js';
import { startTelemetry } from '../telemetry/telemetry.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { HandOver } from './hand-over.js';
import type { Welcome } from './messages.js';
import { PrimaryInstances } from './primary-instances.js';
import { PrimaryOperations } from './primary-operations.js';
import { Slot } from './slot.js';
import type { ToSlot } from './slot.js';
import { watchStuck } from './stuck-watch.js';
import { watchWorkers } from './worker-figures.js';

/** How long a worker may take to end beyond its events, in milliseconds. */
const stopMs = 13_000;

/**
 * Serves with several worker processes: owns the socket, hands connections to workers, keeps them
 * up, and loads no plugin itself.
 * @param onLost called when nobody can reach the server any more
 * @throws SocketPathError, UsageError, ConfigError for sealing keys, StartError
 */
export async function startPrimary(options: ServerOptions, onLost: () => void): Promise<Host> {
  checkSocketPath(options.socket);
  warnOfCores(options.workers);
  const primary = new Primary(options, await commonOf(options), onLost);
  try {
    await primary.start();
  } catch (error) {
    primary.abandon();
    throw error;
  }
  return primary;
}

type Common = Omit<Welcome, 'slot' | 'instances'>;

async function commonOf(options: ServerOptions): Promise<Common> {
  const keys = await sealingKeys();
  // Beside the socket, where this user can certainly write. Not longer than the socket's own
  // temporary name, so that the paths in it fit.
  const folder = mkdtempSync(join(dirname(options.socket), '.w'));
  const token = randomBytes(32).toString('base64url');
  return { count: options.workers, options, keys, folder, token };
}

function warnOfCores(workers: number): void {
  const cores = availableParallelism();
  if (workers <= cores) return;
  log('warn', 'more_workers_than_cores', { workers, cores, hint: '--workers auto takes one each' });
}

class Primary implements Host {
  readonly #options: ServerOptions;
  readonly #common: Common;
  readonly #slots: readonly Slot[];
  readonly #instances: PrimaryInstances;
  readonly #handOver: HandOver;
  readonly #door: Door;
  #operations: Operations | undefined;
  #telemetry: Telemetry | undefined;

  constructor(options: ServerOptions, common: Common, onLost: () => void) {
    this.#options = options;
    this.#common = common;
    this.#slots = Array.from({ length: options.workers }, (_, slot) => this.#slotOf(slot));
    this.#instances = new PrimaryInstances(this.#slots);
    this.#handOver = new HandOver(this.#slots, options.deadlineMs);
    this.#door = new Door({
      path: options.socket,
      mode: options.socketMode,
      unread: true,
      onSocket: (socket) => this.#handOver.take(socket),
      onLost,
      onReplaced: () => this.#replaced(),
    });
  }

  /** Resolves once every worker serves and the socket is there. */
  async start(): Promise<void> {
    const source = new PrimaryOperations(this.#slots);
    watchWorkers(this.#slots);
    // It serves nothing that could be traced.
    this.#telemetry = await startTelemetry({ worker: 'primary', signals: ['metrics'] });
    if (this.#telemetry.metrics && !this.#options.operations) watchProcess();
    await Promise.all(this.#slots.map((slot) => slot.start()));
    watchStuck(this.#slots);
    this.#operations = await showPages(this.#options.operations, source);
    const { path: socket, warnings } = await this.#door.open();
    this.#operations.serving();
    for (const warning of warnings) log('warn', 'socket_exposed', { warning });
    log('info', 'listening', {
      socket,
      workers: this.#slots.map(({ pid }) => pid),
      rss_mb: Math.round(process.memoryUsage.rss() / 1_000_000),
    });
  }

  async stop(): Promise<void> {
    this.#operations?.stopping();
    // A dead worker is not replaced from here on; who has connected by now is handed over still.
    for (const slot of this.#slots) slot.retire();
    await this.#door.shut();
    await this.#handOver.end();
    const boundMs = this.#options.deadlineMs + stopMs;
    await Promise.all(this.#slots.map((slot) => slot.stop(boundMs)));
    await this.#telemetry?.stop();
    this.#operations?.close();
    this.#removeFolder();
  }

  /** Ends what has been started, at once. */
  abandon(): void {
    for (const slot of this.#slots) slot.kill();
    this.#removeFolder();
  }

  #slotOf(slot: number): Slot {
    return new Slot({
      slot,
      welcome: () => ({ ...this.#common, slot, instances: this.#instances.all() }),
      serve: (channel, of) => this.#serve(channel, of),
      onChange: () => this.#changed(),
      onOrphan: (socket) => this.#handOver.take(socket),
    });
  }

  #serve(channel: ToSlot, slot: Slot): void {
    this.#instances.serve(channel, slot);
    channel.on('tell', ({ topic, message }) => {
      for (const other of this.#slots) {
        if (other !== slot) other.pass({ topic, message, from: slot.slot });
      }
      return undefined;
    });
  }

  #changed(): void {
    const ports = this.#slots.map(({ port }) => port ?? null);
    for (const slot of this.#slots) slot.channel?.tell('ports', ports);
    this.#handOver.flush();
  }

  /** A successor serves from here on: what is under way here ends in its own time. */
  #replaced(): void {
    this.#operations?.close();
    for (const slot of this.#slots) {
      slot.retire();
      slot.channel?.tell('drain', undefined);
    }
  }

  #removeFolder(): void {
    rmSync(this.#common.folder, { recursive: true, force: true });
  }
}
