import { Cancellation } from '../../../../lib/flow/cancellation.js';
import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import { allKinds, itemKinds } from '../../core/items/item-kinds.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { ListedItems } from '../../core/calls/upstream-port.js';
import { cancelled } from '../failure/failures.js';

export type FetchList = (kind: ItemKind, signal: CancelSignal) => Promise<ListedItems>;

/** For so long a fetched list serves whoever asks for it next: all are due at about the same time. */
const lingerMs = 2_000;

/**
 * The lists of one server, each fetched once for all who ask for it together or soon after. What was
 * fetched before the server said that it has changed serves nobody who asks later.
 */
export class OnceLists {
  readonly #server: string;
  readonly #fetch: FetchList;
  readonly #closing = new Cancellation();
  readonly #fetched = new Map<ItemKind, Fetched>();

  constructor(server: string, fetch: FetchList) {
    this.#server = server;
    this.#fetch = fetch;
  }

  /** @throws McpError as `fetch`; `cancelled` */
  async list(kind: ItemKind, signal: CancelSignal): Promise<ListedItems> {
    let fetched = this.#fetched.get(kind);
    if (fetched === undefined) {
      const own = new Fetched(this.#fetch(kind, this.#closing), () => this.#drop(kind, own));
      fetched = own;
      this.#fetched.set(kind, own);
    }
    const share = fetched.share();
    try {
      return await within(share, signal, () => cancelled(this.#server));
    } catch (error) {
      share.then(
        ({ release }) => release?.(),
        () => undefined,
      );
      throw error;
    }
  }

  /** What has been fetched of these lists, or is being fetched, may be out of date. */
  changed(method: string): void {
    for (const kind of allKinds) if (itemKinds[kind].changed === method) this.#drop(kind);
  }

  close(): void {
    this.#closing.abort(cancelled(this.#server));
    for (const kind of allKinds) this.#drop(kind);
  }

  #drop(kind: ItemKind, only = this.#fetched.get(kind)): void {
    if (only === undefined || this.#fetched.get(kind) !== only) return;
    this.#fetched.delete(kind);
    only.leave();
  }
}

/** One fetch, and what it has brought, until nobody needs it any more. */
class Fetched {
  readonly #listed: Promise<ListedItems>;
  #users = 1;
  #at = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param onOver when it serves nobody else: it has failed, or is too old */
  constructor(listed: Promise<ListedItems>, onOver: () => void) {
    this.#listed = listed;
    listed.then(
      () => {
        this.#at = performance.now();
        this.#timer = setTimeout(onOver, lingerMs).unref();
      },
      () => onOver(),
    );
  }

  async share(): Promise<ListedItems> {
    this.#users += 1;
    try {
      const listed = await this.#listed;
      const ageMs = (listed.ageMs ?? 0) + performance.now() - this.#at;
      let used = true;
      const release = () => {
        if (used) this.#give();
        used = false;
      };
      return { ...listed, ageMs, release };
    } catch (error) {
      this.#give();
      throw error;
    }
  }

  /** It is not kept for others any more. */
  leave(): void {
    clearTimeout(this.#timer);
    this.#give();
  }

  #give(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#listed.then(
      ({ release }) => release?.(),
      () => undefined,
    );
  }
}

/** Waits no longer than `signal` lets it. */
export function within<T>(work: Promise<T>, signal: CancelSignal, reason: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(reason());
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
