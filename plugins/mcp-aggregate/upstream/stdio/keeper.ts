import type { ServerConfig } from '../../config/config.js';
import { CallScope } from '../call/call-scope.js';
import { unavailable } from '../failure/failures.js';
import type { Health } from '../failure/health.js';
import type { LinkEvents } from '../conversation/link.js';
import type { Era } from '../eras/era-memory.js';
import type { Introduced } from './introduce.js';
import { reasonOf } from '../failure/reason.js';
import type { ChildKeeper, OpenChild } from './shared/child-line.js';
import { StdioLine } from './stdio-line.js';
import type { StdioLineOptions } from './stdio-line.js';

export interface KeeperOptions extends StdioLineOptions {
  /** Of this child alone: another's failures must not keep it from being started. */
  readonly health: Health;
  readonly events: LinkEvents;
  /**
   * Asks for room before a child is started; answers what gives it back.
   * @throws McpError `overloaded`
   */
  readonly admit?: () => Promise<() => void>;
  /** When the last request under way has ended. */
  readonly onIdle?: () => void;
  /** The eras to open it in, the one to be tried first at the front. */
  readonly order: () => readonly Era[];
  /** Told what it was opened in. */
  readonly onOpened: (introduced: Introduced) => void;
  /** When a child that was open has ended. */
  readonly onGone?: (why: string) => void;
}

/** Keeps one child running: started by the first call that needs it, and again when it has ended. */
export class Keeper implements ChildKeeper {
  readonly #server: ServerConfig;
  readonly #options: KeeperOptions;
  readonly #closing = new AbortController();
  #line: StdioLine | undefined;
  #flight: Promise<StdioLine> | undefined;
  /** A child that did not come up and is being ended. */
  #ending: Promise<void> | undefined;
  /** The era of whose opening the last child died, perhaps. */
  #unopened: Era | undefined;

  constructor(server: ServerConfig, options: KeeperOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** The child as it is now, if it has come up. */
  get line(): StdioLine | undefined {
    return this.#line;
  }

  /** Whether a child is there or being started. */
  get running(): boolean {
    return this.#flight !== undefined || this.#line !== undefined;
  }

  /** Whether ending the child now would cost somebody an answer. */
  get busy(): boolean {
    return this.#flight !== undefined || this.#line?.busy === true;
  }

  /** @throws McpError `upstream_*`, `overloaded` */
  async open(): Promise<OpenChild<StdioLine>> {
    if (this.#line?.alive) return { line: this.#line, fresh: false };
    this.#closing.signal.throwIfAborted();
    this.#options.health.admit();
    this.#flight ??= this.#start().finally(() => (this.#flight = undefined));
    return { line: await this.#flight, fresh: true };
  }

  /** Ends the child for good; calls under way fail. */
  async close(): Promise<void> {
    const closed = unavailable(this.#server.name, 'is closed here', 'idle');
    this.#closing.abort(closed);
    await Promise.allSettled([this.#flight]);
    await Promise.all([this.#ending, this.#line?.close(closed)]);
  }

  async #start(): Promise<StdioLine> {
    await this.#ending;
    const leave = await this.#options.admit?.();
    if (this.#closing.signal.aborted) leave?.();
    this.#closing.signal.throwIfAborted();
    const { name, timeoutMs } = this.#server;
    const { health, party, events } = this.#options;
    const mark = health.connecting();
    const scope = new CallScope(name, timeoutMs, this.#closing.signal);
    const line: StdioLine = new StdioLine(this.#server, this.#options, {
      onListChanged: events.onListChanged,
      onSaid: (note) => party && events.onSaid(party, note),
      onEnd: (why) => {
        leave?.();
        this.#onEnd(line, why);
      },
      ...(this.#options.onIdle ? { onIdle: this.#options.onIdle } : {}),
    });
    try {
      this.#options.onOpened(await line.open(this.#order(), scope));
      if (scope.reason) throw scope.reason;
    } catch (error) {
      if (!this.#closing.signal.aborted) health.failed(reasonOf(name, error), mark);
      this.#unopened = line.alive ? undefined : (this.#order()[0] ?? this.#unopened);
      this.#ending = line.close(unavailable(name, 'did not start'));
      throw error;
    } finally {
      scope.dispose();
    }
    this.#unopened = undefined;
    health.succeeded(line.said);
    this.#line = line;
    if (!line.modern && party?.conversation !== undefined) events.onOpened(party, line);
    return line;
  }

  #order(): readonly Era[] {
    const order = this.#options.order();
    const [first, second] = order;
    return first !== undefined && first === this.#unopened && second ? [second, first] : order;
  }

  /** A child that ran and ended may be started again at once; if it ends again, only after a pause. */
  #onEnd(line: StdioLine, why: string): void {
    if (this.#line !== line) return;
    this.#line = undefined;
    if (this.#closing.signal.aborted) return;
    const { health, party, events } = this.#options;
    health.failed(why, health.mark(), 1);
    if (!line.modern && party?.conversation !== undefined) events.onLost(party);
    this.#options.onGone?.(why);
  }
}
