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
  if (options.authSocket !== undefined) checkSocketPath(options.authSocket);
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
  const { workers: count, authSocket } = options;
  const authentication = authSocket === undefined ? undefined : count;
  return { count, authentication, options, keys, folder, token };
}

function warnOfCores(workers: number): void {
  const cores = availableParallelism();
  if (workers <= cores) return;
  log('warn', 'more_workers_than_cores', { workers, cores, hint: '--workers auto takes one each' });
}

/** A socket and the workers behind it. */
interface Way {
  readonly door: Door;
  readonly handOver: HandOver;
}

class Primary implements Host {
  readonly #options: ServerOptions;
  readonly #common: Common;
  /** All; that of a worker for authentication is the last. */
  readonly #slots: readonly Slot[];
  readonly #instances: PrimaryInstances;
  readonly #ways: readonly Way[];
  #operations: Operations | undefined;
  #telemetry: Telemetry | undefined;

  constructor(options: ServerOptions, common: Common, onLost: () => void) {
    this.#options = options;
    this.#common = common;
    const { workers, socket, authSocket } = options;
    const ordinary = Array.from({ length: workers }, (_, slot) => this.#slotOf(slot, 0));
    const apart = authSocket === undefined ? [] : [this.#slotOf(workers, 1)];
    this.#slots = [...ordinary, ...apart];
    this.#instances = new PrimaryInstances(this.#slots);
    this.#ways = [
      this.#way(socket, ordinary, onLost),
      ...(authSocket === undefined ? [] : [this.#way(authSocket, apart, onLost)]),
    ];
  }

  /** Resolves once every worker serves and the socket is there. */
  async start(): Promise<void> {
    const source = new PrimaryOperations(this.#slots, this.#common.authentication);
    watchWorkers(this.#slots);
    // It serves nothing that could be traced.
    this.#telemetry = await startTelemetry({ worker: 'primary', signals: ['metrics'] });
    if (this.#telemetry.metrics && !this.#options.operations) watchProcess();
    await Promise.all(this.#slots.map((slot) => slot.start()));
    watchStuck(this.#slots);
    this.#operations = await showPages(this.#options.operations, source);
    const bound = await Promise.all(this.#ways.map(({ door }) => door.open()));
    this.#operations.serving();
    for (const warning of bound.flatMap(({ warnings }) => warnings)) {
      log('warn', 'socket_exposed', { warning });
    }
    const { socket, authSocket } = this.#options;
    log('info', 'listening', {
      socket,
      ...(authSocket === undefined ? {} : { auth_socket: authSocket }),
      workers: this.#slots.map(({ pid }) => pid),
      rss_mb: Math.round(process.memoryUsage.rss() / 1_000_000),
    });
  }

  async stop(): Promise<void> {
    this.#operations?.stopping();
    // A dead worker is not replaced from here on; who has connected by now is handed over still.
    for (const slot of this.#slots) slot.retire();
    await Promise.all(this.#ways.map(({ door }) => door.shut()));
    await Promise.all(this.#ways.map(({ handOver }) => handOver.end()));
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

  #way(path: string, slots: readonly Slot[], onLost: () => void): Way {
    const handOver = new HandOver(slots, this.#options.deadlineMs);
    const door = new Door({
      path,
      mode: this.#options.socketMode,
      unread: true,
      onSocket: (socket) => handOver.take(socket),
      onLost,
      onReplaced: () => this.#replaced(),
    });
    return { door, handOver };
  }

  /** @param way by which connections reach it */
  #slotOf(slot: number, way: number): Slot {
    return new Slot({
      slot,
      welcome: () => ({ ...this.#common, slot, instances: this.#instances.all() }),
      serve: (channel, of) => this.#serve(channel, of),
      onChange: () => this.#changed(),
      onOrphan: (socket) => this.#ways[way]!.handOver.take(socket),
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
    for (const { handOver } of this.#ways) handOver.flush();
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
