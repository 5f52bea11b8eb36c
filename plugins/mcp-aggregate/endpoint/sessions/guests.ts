import type { Siblings } from '../../../../lib/workers/siblings.js';
import type { Channels } from '../streams/channels.js';
import type { Session } from './sessions.js';
import type { Subscriptions } from './subscriptions.js';

export interface GuestsParts {
  readonly siblings: Siblings;
  readonly channels: Channels;
  readonly subscriptions: Subscriptions;
}

const lookMs = 1_000;

/**
 * Sessions of a worker that is down, which listen here meanwhile. Their other requests go back to it as
 * soon as it is there again: so does the stream, or it would say nothing of what they bring about.
 */
export class Guests {
  readonly #parts: GuestsParts;
  /** Slot of its own worker, by session. */
  readonly #slots = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: GuestsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** A session has opened its stream here. */
  welcome({ id, owner }: Session): void {
    const { slot, count } = this.#parts.siblings;
    if (owner === undefined || owner.slot % count === slot || count === 1) return;
    this.#slots.set(id, owner.slot % count);
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref();
  }

  #look(): void {
    const { siblings, channels, subscriptions } = this.#parts;
    for (const [id, slot] of [...this.#slots]) {
      const isGone = channels.mailboxOf(id) === undefined;
      if (!isGone && siblings.portOf(slot) === undefined) continue;
      this.#slots.delete(id);
      channels.giveUpMailbox(id);
      subscriptions.end(id);
    }
    if (this.#slots.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
