import { createInterface } from 'node:readline';
import { log } from '../../../lib/log.js';
import type { KubeObject } from '../core/resources.js';
import type { KubeClient } from './client.js';
import { KubeError, statusOf } from './kube-error.js';
import { pathOf } from './kinds.js';
import type { Kind } from './kinds.js';
import { pause } from './pause.js';
import type { Store } from './store.js';

interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly T[];
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number; readonly message?: string };
}

const pageSize = '500';
const watchSeconds = 290;
const [firstRetryMs, lastRetryMs, absentRetryMs] = [250, 15_000, 20_000];

/** Keeps a store in step with the API server: lists, then watches, and lists again where it must. */
export class Reflector<T extends KubeObject> {
  readonly #client: KubeClient;
  readonly #kind: Kind;
  readonly #namespace: string | undefined;
  readonly #store: Store<T>;
  readonly #signal: AbortSignal;
  #synced = false;
  #failures = 0;

  constructor(
    client: KubeClient,
    kind: Kind,
    namespace: string | undefined,
    store: Store<T>,
    signal: AbortSignal,
  ) {
    this.#client = client;
    this.#kind = kind;
    this.#namespace = namespace;
    this.#store = store;
    this.#signal = signal;
  }

  /** Whether the store has been complete once, or the cluster lacks a kind that it may lack. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Settles when the signal says so. */
  async run(): Promise<void> {
    let version: string | undefined;
    while (!this.#signal.aborted) {
      try {
        version ??= await this.#list();
        version = await this.#watch(version);
        this.#failures = 0;
      } catch (error) {
        if (this.#signal.aborted) return;
        version = await this.#recover(error, version);
      }
    }
  }

  async #list(): Promise<string> {
    const items: T[] = [];
    let after: string | undefined;
    for (;;) {
      const query = { ...this.#query(), limit: pageSize, ...(after ? { continue: after } : {}) };
      const list = await this.#client.send<List<T>>({
        method: 'GET',
        path: this.#path(),
        query,
        signal: this.#signal,
      });
      items.push(...(list.items ?? []));
      after = list.metadata.continue;
      if (!after) {
        const inside = ({ metadata }: T) =>
          this.#namespace === undefined || metadata.namespace === this.#namespace;
        this.#synced = true;
        this.#store.replace(items, inside);
        return list.metadata.resourceVersion;
      }
    }
  }

  /** Answers where to go on when the watch has ended by itself. */
  async #watch(from: string): Promise<string> {
    const query = {
      ...this.#query(),
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(watchSeconds),
    };
    const response = await this.#client.open(
      { method: 'GET', path: this.#path(), query, signal: this.#signal },
      (watchSeconds + 30) * 1000,
    );
    let version = from;
    const lines = createInterface({ input: response, crlfDelay: Infinity });
    // A connection that breaks is an error of the stream alone.
    const broken = new Promise<never>((_, reject) => response.once('error', reject));
    broken.catch(() => lines.close());
    for await (const line of lines) {
      if (line === '') continue;
      version = this.#take(JSON.parse(line) as WatchEvent<T>) ?? version;
      this.#failures = 0;
    }
    await Promise.race([broken, Promise.resolve()]);
    return version;
  }

  #take({ type, object }: WatchEvent<T>): string | undefined {
    if (type === 'ERROR') {
      throw new KubeError(object.code ?? 500, 'Watch', object.message ?? 'the watch failed');
    }
    if (type === 'DELETED') this.#store.remove(object);
    else if (type !== 'BOOKMARK') this.#store.set(object);
    return object.metadata.resourceVersion;
  }

  /** Waits, and answers from where to watch; undefined where a list is needed. */
  async #recover(error: unknown, version: string | undefined): Promise<string | undefined> {
    const status = statusOf(error);
    const absent = status === 404 && this.#kind.optional === true;
    if (absent) {
      this.#synced = true;
      this.#store.replace([], () => true);
      await pause(absentRetryMs, this.#signal);
      return undefined;
    }
    // What came after this version is not kept any more.
    if (status === 410) {
      log('info', 'kubernetes_watch_expired', { kind: this.#kind.kind });
      return undefined;
    }
    this.#failures += 1;
    const level = this.#failures === 1 || this.#failures % 20 === 0 ? 'warn' : 'debug';
    log(level, 'kubernetes_watch_failed', {
      kind: this.#kind.kind,
      status: status ?? 0,
      reason: (error as Error).message.slice(0, 200),
    });
    const waitMs = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(this.#failures - 1, 8));
    await pause(waitMs * (0.75 + (this.#failures % 3) * 0.125), this.#signal);
    return status === undefined || status === 0 || status >= 500 ? version : undefined;
  }

  #path(): string {
    return pathOf(this.#kind, this.#namespace);
  }

  #query(): Record<string, string> {
    const { labelSelector } = this.#kind;
    return labelSelector === undefined ? {} : { labelSelector };
  }
}
