import { McpError } from '../../../lib/errors.js';
import type { RawJson } from '../../../lib/json/types.js';
import type { Clock } from './clock.js';
import { prepareTools } from './prepare-tools.js';
import type { PreparedTool, RefusedTool } from './prepare-tools.js';
import type { ListedItems } from './upstream-port.js';

/** What an operator is told of a server's list. */
export type CatalogueEvent =
  | { readonly type: 'listed'; readonly tools: number }
  | ({ readonly type: 'refused' } & RefusedTool)
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'dropped'; readonly reason: string };

export interface CatalogueOptions {
  readonly prefix: string;
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Aborted when the catalogue is no longer needed. */
  readonly lifetime: AbortSignal;
  readonly list: (signal: AbortSignal) => Promise<ListedItems>;
  readonly onEvent: (event: CatalogueEvent) => void;
}

/** How long a copy is shown while its server is down. */
const maxAgeMs = 24 * 60 * 60 * 1000;
const firstRetryMs = 1_000;
const lastRetryMs = 30_000;
/** A server that says `list_changed` without end is asked no more often than this. */
const minIntervalMs = 1_000;
/** Refused tools named one by one; the rest are counted. */
const mostSaid = 20;

/**
 * The tools of one server (design D10): fetched once at a time, shown while being refreshed, kept
 * while the server is down, compared by content so that `version` changes only with the list.
 */
export class Catalogue {
  readonly #options: CatalogueOptions;
  #raw: readonly RawJson[] | undefined;
  #tools: readonly PreparedTool[] = [];
  #version = 0;
  #loading: Promise<void> | undefined;
  #startedAt = -Infinity;
  #loadedAt = -Infinity;
  #invalidated = false;
  #failures = 0;
  #retryAt = -Infinity;
  #lastError: string | undefined;
  #refusedBefore = new Set<string>();

  constructor(options: CatalogueOptions) {
    this.#options = options;
  }

  get tools(): readonly PreparedTool[] {
    return this.#tools;
  }

  /** Changes whenever `tools` does. */
  get version(): number {
    return this.#version;
  }

  /** Whether there is a list, be it an old one. */
  get loaded(): boolean {
    return this.#raw !== undefined;
  }

  /** Why the last fetch failed, fit for a client; undefined after a success. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** The list has changed at the server. */
  invalidate(): void {
    this.#invalidated = true;
    this.refreshIfDue();
  }

  /** Starts a fetch in the background when the list is missing, out of date or too old. */
  refreshIfDue(): void {
    this.#dropIfTooOld();
    const now = this.#options.clock.now();
    const due = this.#invalidated
      ? now - this.#startedAt >= minIntervalMs
      : now - this.#loadedAt >= this.#options.ttlMs;
    if (due && now >= this.#retryAt) void this.#load();
  }

  /**
   * Fetches when the list is older than `ageMs`; undefined when it is not, or when a server that
   * failed a moment ago is left in peace.
   */
  refreshOlderThan(ageMs: number): Promise<void> | undefined {
    const now = this.#options.clock.now();
    if (this.#loading !== undefined) return this.#loading;
    if (now < this.#retryAt || now - this.#loadedAt <= ageMs) return undefined;
    return this.#load();
  }

  /** The first fetch while it is under way and began less than `ms` ago, with what is left of them. */
  firstLoad(
    ms: number,
  ): { readonly done: Promise<void>; readonly remainingMs: number } | undefined {
    if (this.loaded || this.#loading === undefined) return undefined;
    const remainingMs = ms - (this.#options.clock.now() - this.#startedAt);
    return remainingMs > 0 ? { done: this.#loading, remainingMs } : undefined;
  }

  #load(): Promise<void> {
    if (this.#options.lifetime.aborted) return Promise.resolve();
    this.#loading ??= this.#fetch().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #fetch(): Promise<void> {
    const { clock, lifetime, list } = this.#options;
    this.#startedAt = clock.now();
    this.#invalidated = false;
    try {
      const { items } = await list(lifetime);
      await this.#accept(items);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #accept(items: readonly RawJson[]): Promise<void> {
    const { clock, prefix, onEvent } = this.#options;
    if (!sameItems(this.#raw, items)) {
      const { tools, refused } = await prepareTools(items, prefix, () => clock.breathe());
      this.#raw = items;
      this.#tools = tools;
      this.#version += 1;
      onEvent({ type: 'listed', tools: tools.length });
      this.#sayRefused(refused);
    }
    this.#loadedAt = clock.now();
    this.#failures = 0;
    this.#retryAt = -Infinity;
    this.#lastError = undefined;
  }

  #fail(error: unknown): void {
    const { clock, lifetime, onEvent } = this.#options;
    if (lifetime.aborted) return;
    const reason = error instanceof McpError ? error.message : 'the list could not be read';
    const wait = Math.min(lastRetryMs, firstRetryMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#retryAt = clock.now() + wait;
    if (reason !== this.#lastError) onEvent({ type: 'failed', reason });
    this.#lastError = reason;
    this.#dropIfTooOld();
  }

  #dropIfTooOld(): void {
    if (this.#raw === undefined) return;
    if (this.#options.clock.now() - this.#loadedAt < maxAgeMs) return;
    this.#raw = undefined;
    this.#tools = [];
    this.#version += 1;
    this.#options.onEvent({ type: 'dropped', reason: 'not fetched for 24 hours' });
  }

  /** Each refusal is said once for as long as the server keeps offering it. */
  #sayRefused(refused: readonly RefusedTool[]): void {
    const now = new Map(refused.map((item) => [`${item.tool} ${item.reason}`, item]));
    const news = [...now].filter(([text]) => !this.#refusedBefore.has(text));
    for (const [, item] of news.slice(0, mostSaid)) {
      this.#options.onEvent({ type: 'refused', ...item });
    }
    if (news.length > mostSaid) {
      const reason = `${news.length - mostSaid} more tools are left out`;
      this.#options.onEvent({ type: 'refused', tool: '?', reason });
    }
    this.#refusedBefore = new Set(now.keys());
  }
}

function sameItems(a: readonly RawJson[] | undefined, b: readonly RawJson[]): boolean {
  if (a?.length !== b.length) return false;
  return a.every((item, index) => item.equals(b[index]!));
}
