import type { StdioEntry } from '../../../../lib/mcp-servers-document.js';
import type { ServerConfig } from '../../config.js';
import { CallScope } from '../call-scope.js';
import { unavailable } from '../failures.js';
import type { Health } from '../health.js';
import type { Line, Link, LinkEvents, OpenLine, Party } from '../link.js';
import { reasonOf } from '../reason.js';
import { StdioLine } from './stdio-line.js';

export interface StdioLinkOptions {
  readonly entry: StdioEntry;
  readonly env: Record<string, string>;
  readonly closeGraceMs: number;
}

/** A `stdio` server: one child for all callers, started by the first call that needs it. */
export class StdioLink implements Link {
  readonly #server: ServerConfig;
  readonly #options: StdioLinkOptions;
  readonly #health: Health;
  readonly #events: LinkEvents;
  readonly takesLogLevel = false;
  readonly separates = false;
  readonly #closing = new AbortController();
  #line: StdioLine | undefined;
  #flight: Promise<StdioLine> | undefined;
  /** A child that did not come up and is being ended. */
  #ending: Promise<void> | undefined;

  constructor(server: ServerConfig, options: StdioLinkOptions, health: Health, events: LinkEvents) {
    this.#server = server;
    this.#options = options;
    this.#health = health;
    this.#events = events;
  }

  async open(): Promise<OpenLine> {
    if (this.#line?.alive) return { line: this.#line, fresh: false };
    this.#health.admit();
    this.#flight ??= this.#start().finally(() => (this.#flight = undefined));
    return { line: await this.#flight, fresh: true };
  }

  /** The child is everybody's. */
  endConversation(): void {}

  hold(): boolean {
    return false;
  }

  release(): void {}

  forget(_party: Party, line: Line): void {
    if (this.#line === line) this.#line = undefined;
  }

  async close(): Promise<void> {
    const closed = unavailable(this.#server.name, 'is closed here', 'idle');
    this.#closing.abort(closed);
    await Promise.allSettled([this.#flight]);
    await Promise.all([this.#ending, this.#line?.close(closed, this.#options.closeGraceMs)]);
  }

  async #start(): Promise<StdioLine> {
    await this.#ending;
    const { name, timeoutMs } = this.#server;
    const mark = this.#health.connecting();
    const scope = new CallScope(name, timeoutMs, this.#closing.signal);
    const { entry, env, closeGraceMs } = this.#options;
    const line: StdioLine = new StdioLine(this.#server, entry, env, {
      onListChanged: this.#events.onListChanged,
      onEnd: (why) => this.#onEnd(line, why),
    });
    try {
      await line.initialize(scope);
      if (scope.reason) throw scope.reason;
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#health.failed(reasonOf(name, error), mark);
      this.#ending = line.close(unavailable(name, 'did not start'), closeGraceMs);
      throw error;
    } finally {
      scope.dispose();
    }
    this.#health.succeeded();
    this.#line = line;
    return line;
  }

  /** A child that ran and ended may be started again at once; if it ends again, only after a pause. */
  #onEnd(line: StdioLine, why: string): void {
    if (this.#line !== line) return;
    this.#line = undefined;
    if (!this.#closing.signal.aborted) this.#health.failed(why, this.#health.mark(), 1);
  }
}
