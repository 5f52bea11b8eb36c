import type { Duplex } from 'node:stream';
import type { McpError } from '../../../../../lib/errors/errors.js';
import { readFrames, sendFrame } from '../../../../../lib/workers/frames.js';
import type { ServerConfig } from '../../../config/config.js';
import { CallScope } from '../../call/call-scope.js';
import { unavailable } from '../../failure/failures.js';
import { withoutPause } from '../../failure/health.js';
import type { Health } from '../../failure/health.js';
import { reasonOf } from '../../failure/reason.js';
import type { ChildKeeper, OpenChild, Spoken } from './child-line.js';
import type { FromHost, ToHost } from './messages.js';
import { RemoteLine, RequestsUnderWay } from './remote-line.js';
import { errorTold } from '../../failure/told-error.js';

export interface RemoteKeeperOptions {
  readonly health: Health;
  /** Opens a stream to the worker that runs the child. */
  readonly connect: () => Promise<Duplex>;
  readonly onOpened: (spoken: Spoken) => void;
  /** When a child that was open has ended. */
  readonly onGone: () => void;
}

/** An answer of a child, its frame beside. */
const frameBytes = 1_048_576;

/** The stream to the worker that runs the child, and what is under way on it. */
interface Way {
  readonly stream: Duplex;
  readonly under: RequestsUnderWay;
  readonly opening: (message: FromHost) => void;
}

/**
 * Keeps this worker's part in a child that another one runs. That worker starts the child, and again
 * when it has ended, with the back-off of its own: here nobody waits longer than it says. Should the
 * worker end, that is the end of the child.
 */
export class RemoteKeeper implements ChildKeeper {
  readonly #server: ServerConfig;
  readonly #options: RemoteKeeperOptions;
  readonly #closing = new AbortController();
  #way: Way | undefined;
  #line: RemoteLine | undefined;
  #flight: Promise<OpenChild> | undefined;
  #opened: ((message: FromHost) => void) | undefined;

  constructor(server: ServerConfig, options: RemoteKeeperOptions) {
    this.#server = server;
    this.#options = options;
  }

  async open(): Promise<OpenChild> {
    if (this.#line?.alive) return { line: this.#line, fresh: false };
    this.#closing.signal.throwIfAborted();
    this.#options.health.admit();
    this.#flight ??= this.#start().finally(() => (this.#flight = undefined));
    return this.#flight;
  }

  async close(): Promise<void> {
    const closed = unavailable(this.#server.name, 'is closed here', 'idle');
    this.#closing.abort(closed);
    await Promise.allSettled([this.#flight]);
    this.#way?.under.failAll(closed);
    this.#way?.stream.destroy();
  }

  async #start(): Promise<OpenChild> {
    const { name, timeoutMs } = this.#server;
    const { health, onOpened } = this.#options;
    const mark = health.connecting();
    const scope = new CallScope(name, timeoutMs, this.#closing.signal);
    try {
      const { stream, under } = await scope.within(this.#connect());
      const message = await scope.within(this.#ask(stream));
      if (message.t === 'refused') throw errorTold(message.error);
      if (message.t !== 'opened') throw this.#lost();
      onOpened(message);
      health.succeeded(message.said);
      this.#line = new RemoteLine(name, stream, under, message);
      return { line: this.#line, fresh: message.fresh };
    } catch (error) {
      if (!this.#closing.signal.aborted) {
        const why = withoutPause(reasonOf(name, error));
        // It is the other worker that backs off: this one only waits until it tries again.
        if (this.#way) health.failed(why, mark, Infinity, waitOf(error));
        else health.failed(why, mark);
      }
      throw error;
    } finally {
      scope.dispose();
    }
  }

  async #connect(): Promise<Way> {
    if (this.#way !== undefined) return this.#way;
    let stream: Duplex;
    try {
      stream = await this.#options.connect();
    } catch {
      throw this.#lost();
    }
    if (this.#closing.signal.aborted) stream.destroy();
    stream.on('error', () => undefined);
    const under = new RequestsUnderWay(this.#server.name, stream);
    const way: Way = { stream, under, opening: (message) => this.#opened?.(message) };
    this.#way = way;
    const mostBytes = this.#server.maxResponseBytes + frameBytes;
    void readFrames(stream, mostBytes, ({ head, payload }) =>
      this.#take(way, head as unknown as FromHost, payload),
    ).then(() => this.#onLost(way));
    return way;
  }

  #ask(stream: Duplex): Promise<FromHost> {
    return new Promise((resolve, reject) => {
      this.#opened = resolve;
      stream.once('close', () => reject(this.#lost()));
      const open: ToHost = { t: 'open' };
      sendFrame(stream, open);
    });
  }

  #take(way: Way, message: FromHost, payload: Buffer | undefined): void {
    switch (message.t) {
      case 'opened':
      case 'refused':
        return way.opening(message);
      case 'gone':
        return this.#onGone(message.why);
      default:
        return way.under.take(message, payload);
    }
  }

  #onGone(why: string): void {
    if (this.#line === undefined) return;
    this.#line.ended();
    this.#line = undefined;
    if (this.#closing.signal.aborted) return;
    const { health, onGone } = this.#options;
    health.failed(why, health.mark(), Infinity);
    onGone();
  }

  #onLost(way: Way): void {
    if (this.#way === way) this.#way = undefined;
    const lost = this.#lost();
    this.#onGone(reasonOf(this.#server.name, lost));
    way.under.failAll(lost);
  }

  #lost(): McpError {
    return unavailable(this.#server.name, 'was run by a worker that has ended');
  }
}

/** How long the other worker will not try again, in milliseconds, where it says so. */
function waitOf(error: unknown): number {
  const { data } = error as { readonly data?: Readonly<Record<string, unknown>> };
  const wait = data?.['retry_after_ms'];
  return typeof wait === 'number' ? wait : 0;
}
