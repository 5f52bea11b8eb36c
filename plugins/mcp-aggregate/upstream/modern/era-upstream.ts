import type { McpError } from '../../../../lib/errors.js';
import type { ServerConfig } from '../../config/config.js';
import type { Call, CallerContext, CallEvent, Note } from '../../core/calls/call.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { ListedItems, Upstream, UpstreamStatus } from '../../core/calls/upstream-port.js';
import { CallScope } from '../call/call-scope.js';
import { failEvent, unavailable } from '../failure/failures.js';
import { maxListBytes } from '../lists/fetched-lists.js';
import { HttpEndpoint } from '../http/requests/http-endpoint.js';
import type { ListBounds } from '../lists/list-pages.js';
import type { UpstreamTuning } from '../upstream-deps.js';
import { ModernLine } from './modern-line.js';
import { ModernUpstream } from './modern-upstream.js';

/**
 * Finds out by `server/discover` to which era a server belongs, and speaks to it accordingly. A
 * server that answers neither yes nor no is treated as one with sessions, and asked again next time.
 */
export class EraUpstream implements Upstream {
  readonly #server: ServerConfig;
  readonly #legacy: Upstream;
  readonly #endpoint: HttpEndpoint;
  readonly #bounds: ListBounds;
  readonly #closing = new AbortController();
  #verdict: Promise<ModernUpstream | undefined> | undefined;

  /** @throws ConfigError for headers that cannot be sent */
  constructor(server: ServerConfig, legacy: Upstream, tuning: UpstreamTuning) {
    this.#server = server;
    this.#legacy = legacy;
    this.#endpoint = new HttpEndpoint(server, tuning);
    const { maxPages, maxItems } = tuning;
    this.#bounds = { maxPages, maxItems, maxBytes: maxListBytes };
  }

  get name(): string {
    return this.#legacy.name;
  }

  status(): UpstreamStatus {
    return this.#legacy.status();
  }

  /** Servers that are sent callers' tokens are not asked for their era. */
  readonly listsPerCaller = false;

  contextOf(caller: CallerContext): string {
    return this.#legacy.contextOf(caller);
  }

  async *call(call: Call): AsyncGenerator<CallEvent, void, undefined> {
    const modern = await this.#modern();
    if (this.#closing.signal.aborted) return yield failEvent(this.name, this.#closed());
    yield* modern ? modern.call(call) : this.#legacy.call(call);
  }

  async list(kind: ItemKind, signal: AbortSignal): Promise<ListedItems> {
    const modern = await this.#modern();
    return modern ? modern.list(kind, this.#bounds, signal) : this.#legacy.list(kind, signal);
  }

  onListChanged(listener: (method: string, context?: string) => void): () => void {
    return this.#legacy.onListChanged(listener);
  }

  onCallerRefused(listener: (context: string) => void): () => void {
    return this.#legacy.onCallerRefused(listener);
  }

  onSaid(listener: (conversation: string, note: Note) => void): () => void {
    return this.#legacy.onSaid(listener);
  }

  rootsChanged(conversation: string): void {
    this.#legacy.rootsChanged(conversation);
  }

  endConversation(conversation: string): void {
    this.#legacy.endConversation(conversation);
  }

  async close(): Promise<void> {
    this.#closing.abort(this.#closed());
    await Promise.all([this.#legacy.close(), this.#endpoint.close()]);
  }

  #modern(): Promise<ModernUpstream | undefined> {
    this.#verdict ??= this.#discover();
    return this.#verdict;
  }

  async #discover(): Promise<ModernUpstream | undefined> {
    const scope = new CallScope(this.name, this.#server.timeoutMs, this.#closing.signal);
    const line = new ModernLine(this.#server, this.#endpoint);
    try {
      const offered = await line.discover(scope);
      return offered && new ModernUpstream(this.#server, line, offered);
    } catch {
      // The way with sessions will say what is wrong, and when to try again.
      this.#verdict = undefined;
      return undefined;
    } finally {
      scope.dispose();
    }
  }

  #closed(): McpError {
    return unavailable(this.name, 'is closed here', 'idle');
  }
}
