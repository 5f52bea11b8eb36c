import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import { tasksExtension } from '../../../../lib/protocol/tasks.js';
import { McpError } from '../../../../lib/errors/errors.js';
import type { Clock } from '../calls/clock.js';
import type { Exposure } from '../items/exposure.js';
import type { ItemKind } from '../items/item-kinds.js';
import type { CheckForms } from '../items/item-form.js';
import { digestOf, nothingPrepared as nothing, prepareItems } from '../items/prepare-items.js';
import type { PreparedItems } from '../items/prepare-items.js';
import type { CatalogueEvent } from './catalogue-event.js';
import { leftOf, refreshMs, uncached } from './cache-hints.js';
import { itemCost } from './list-memory.js';
import type { ListShare } from './list-memory.js';
import { RefetchPace } from './refetch-pace.js';
import { Remarks } from './remarks.js';
import type { Reviewer } from '../pins/reviewer.js';
import type { CacheHints, ListedItems } from '../calls/upstream-port.js';

export type { CatalogueEvent };

export interface CatalogueOptions {
  readonly kind: ItemKind;
  readonly exposure: Exposure;
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Aborted when the catalogue is no longer needed. */
  readonly lifetime: CancelSignal;
  readonly list: (signal: CancelSignal) => Promise<ListedItems>;
  readonly checkForms: CheckForms;
  readonly pins?: Reviewer | undefined;
  readonly onEvent: (event: CatalogueEvent) => void;
  /** Where its bytes are counted. */
  readonly memory?: ListShare;
  /**
   * Fetched only when its one caller asks, who then waits for a new list rather than be shown an old
   * one: what the caller may see can have been taken away.
   */
  readonly onDemand?: boolean;
}

/** How long a copy is shown while its server is down. */
const maxAgeMs = 24 * 60 * 60 * 1000;
const maxAgeOnDemandMs = 60 * 60 * 1000;
const firstRetryMs = 1_000;
const lastRetryMs = 30_000;

/**
 * The items of one kind of one server (design D10): fetched once at a time, shown while being
 * refreshed, kept while the server is down, compared by content so that `prepared` changes only with
 * the list.
 */
export class Catalogue {
  readonly #options: CatalogueOptions;
  /** Of the list as the server sent it; undefined while there is none. */
  #rawDigest: string | undefined;
  #prepared = nothing;
  #offered: ReadonlySet<string> | undefined;
  #loading: Promise<void> | undefined;
  #startedAt = -Infinity;
  #loadedAt = -Infinity;
  #invalidated = false;
  readonly #pace = new RefetchPace();
  #failures = 0;
  #revocations = 0;
  /** What there was has been taken away, and nothing has come in its place. */
  #revoked = false;
  #doubted = false;
  #retryAt = -Infinity;
  #lastError: string | undefined;
  #flaw: string | undefined;
  #cache: CacheHints | undefined;
  readonly #remarks: Remarks;

  constructor(options: CatalogueOptions) {
    this.#options = options;
    this.#remarks = new Remarks(options.onEvent);
  }

  /** The items, also by the name that clients see; a new object whenever they change. */
  get prepared(): PreparedItems {
    return this.#prepared;
  }

  /** The server's capabilities as of the last fetch; undefined before the first. */
  get offered(): ReadonlySet<string> | undefined {
    return this.#offered;
  }

  /** Whether there is a list, be it an old one. */
  get loaded(): boolean {
    return this.#rawDigest !== undefined;
  }

  /** Milliseconds since the list was fetched; undefined where there is none. */
  get ageMs(): number | undefined {
    return this.loaded ? this.#options.clock.now() - this.#loadedAt : undefined;
  }

  /** Whether a first fetch has ended, however it did, or has been under way for `ms`. */
  attempted(ms: number): boolean {
    if (this.loaded || this.#lastError !== undefined) return true;
    return this.#options.clock.now() - this.#startedAt >= ms;
  }

  /** Why the last fetch failed, fit for a client; undefined after a success. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** Why the list may lack items, fit for an operator; undefined where it came as it should. */
  get flaw(): string | undefined {
    return this.#flaw;
  }

  /** For how long the server says that the list holds from now on, and for whom. */
  get cache(): CacheHints {
    const age = this.#options.clock.now() - this.#loadedAt;
    return this.#invalidated ? uncached : leftOf(this.#cache, age);
  }

  /** The list has changed at the server. */
  invalidate(): void {
    this.markStale();
    this.refreshIfDue();
  }

  /** The same, but for the fetch. Answers whether it is news to somebody who was shown the list. */
  markStale(): boolean {
    const isNews = this.loaded && !this.#invalidated;
    this.#invalidated = true;
    return isNews;
  }

  /** Nobody needs the list any more; what is under way with it may go on. */
  release(): void {
    this.#options.memory?.replace(this.#prepared.cost, 0);
    this.#prepared = nothing;
  }

  /** Whoever the list was for may no longer see it, nor what is being fetched now. */
  forget(): void {
    this.#revocations += 1;
    this.#revoked = true;
    this.#clear();
  }

  /** What there is may not be used any more; what is being fetched now is fetched once more. */
  doubt(): void {
    this.forget();
    this.#invalidated = true;
    this.#doubted = true;
  }

  /** Whether it has been doubted and not fetched since. */
  get doubted(): boolean {
    return this.#doubted;
  }

  #clear(): void {
    this.#options.memory?.replace(this.#prepared.cost, 0);
    this.#rawDigest = undefined;
    this.#prepared = nothing;
    this.#flaw = undefined;
    this.#loadedAt = -Infinity;
  }

  /** Starts a fetch in the background when the list is missing, out of date or too old. */
  refreshIfDue(): void {
    this.dropIfTooOld();
    const now = this.#options.clock.now();
    if (now >= this.#retryAt && this.#isDue(now)) void this.#load();
  }

  #isDue(now: number): boolean {
    const { ownMs } = this.#pace;
    // Nobody has it any more, and would wait: the first few do not go by its size.
    if (this.#revoked) return this.#pace.allows(now);
    if (this.#invalidated) return now - this.#startedAt >= ownMs && this.#pace.allows(now);
    return now - this.#loadedAt >= Math.max(refreshMs(this.#options.ttlMs, this.#cache), ownMs);
  }

  /**
   * Fetches when the list is older than `ageMs`; undefined when it is not, or when a server is left
   * in peace that failed a moment ago, or whose list is large or was taken away again and again.
   */
  refreshOlderThan(ageMs: number): Promise<void> | undefined {
    const now = this.#options.clock.now();
    if (this.#loading !== undefined) return this.#loading;
    if (now < this.#retryAt || now - this.#loadedAt <= Math.max(ageMs, this.#pace.ownMs)) return;
    return this.#revoked && !this.#pace.allows(now) ? undefined : this.#load();
  }

  /**
   * The first fetch, or on demand any, while it is under way and began less than `ms` ago, with what
   * is left of them.
   */
  firstLoad(
    ms: number,
  ): { readonly done: Promise<void>; readonly remainingMs: number } | undefined {
    if (this.#loading === undefined) return undefined;
    if (this.loaded && this.#options.onDemand !== true) return undefined;
    const remainingMs = ms - (this.#options.clock.now() - this.#startedAt);
    return remainingMs > 0 ? { done: this.#loading, remainingMs } : undefined;
  }

  #load(): Promise<void> {
    if (this.#options.lifetime.aborted) return Promise.resolve();
    this.#loading ??= this.#fetchUndoubted().finally(() => {
      this.#loading = undefined;
      if (this.#invalidated && this.#options.onDemand !== true) this.refreshIfDue();
    });
    return this.#loading;
  }

  async #fetchUndoubted(): Promise<void> {
    await this.#fetch();
    if (this.#doubted && this.#failures === 0) await this.#fetch();
  }

  async #fetch(): Promise<void> {
    const { clock, lifetime, list } = this.#options;
    this.#startedAt = clock.now();
    const wasInvalidated = this.#invalidated;
    if (wasInvalidated || this.#revoked) this.#pace.took(this.#startedAt);
    this.#invalidated = false;
    const revocations = this.#revocations;
    let listed: ListedItems | undefined;
    try {
      listed = await list(lifetime);
      const bytes = listed.items.reduce((sum, raw) => sum + itemCost(raw), 0);
      this.#pace.fetched(bytes);
      await this.#accept(listed, revocations);
      this.#pace.fetched(Math.max(bytes, this.#prepared.cost));
    } catch (error) {
      this.#invalidated ||= wasInvalidated;
      this.#fail(error);
    } finally {
      listed?.release?.();
    }
  }

  /** @param revocations how many there had been when the list was asked for */
  async #accept(listed: ListedItems, revocations: number): Promise<void> {
    const { clock, kind, exposure, onEvent, checkForms, memory, pins } = this.#options;
    const { offered, flaw, cache, modern = false, ageMs = 0 } = listed;
    if (revocations !== this.#revocations) return;
    const breathe = () => clock.breathe('list', exposure.server);
    const source = { modern, tasks: offered.has(tasksExtension) };
    const sent = `${await digestOf(listed.items, breathe)} ${JSON.stringify(source)}`;
    const { items, key } = (await pins?.review(kind, listed, sent)) ?? { ...listed, key: '' };
    const digest = `${sent} ${key}`;
    if (digest !== this.#rawDigest) {
      const before = this.#prepared.items.length;
      const prepared = await prepareItems(kind, items, exposure, breathe, checkForms, source);
      if (revocations !== this.#revocations) return;
      memory?.replace(this.#prepared.cost, prepared.cost);
      this.#prepared = prepared;
      this.#rawDigest = digest;
      const count = this.#prepared.items.length;
      // Most servers have tools only: their other lists, empty as ever, are no news.
      if (kind === 'tool' || count + before > 0) onEvent({ type: 'listed', count });
      this.#remarks.say(prepared);
    }
    if (flaw !== undefined && flaw !== this.#flaw) onEvent({ type: 'flawed', reason: flaw });
    this.#flaw = flaw;
    this.#offered = offered;
    this.#cache = cache;
    this.#loadedAt = clock.now() - ageMs;
    this.#revoked = this.#doubted = false;
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
    this.dropIfTooOld();
  }

  /** A copy is shown for so long while its server cannot be asked. */
  dropIfTooOld(): void {
    if (this.#rawDigest === undefined) return;
    const { clock, onDemand, onEvent } = this.#options;
    const maxMs = onDemand === true ? maxAgeOnDemandMs : maxAgeMs;
    if (clock.now() - this.#loadedAt < maxMs) return;
    this.#clear();
    onEvent({ type: 'dropped', reason: `not fetched for ${maxMs / 3_600_000} hours` });
  }
}
