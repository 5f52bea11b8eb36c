import { McpError } from '../../../../lib/errors/errors.js';
import { anonymousIdentity, userKey } from '../../../../lib/identity/identity.js';
import type { Channel } from './channel.js';

export interface Mailbox {
  /** Of its channel. */
  readonly name: string;
  readonly channel: Channel;
  /** `userKey` of the caller. */
  readonly user: string;
}

const anonymous = userKey(anonymousIdentity);

/** The mailboxes of sessions. No caller has so many that there are none left for others. */
export class Mailboxes {
  readonly #most: number;
  readonly #mostOfOne: number;
  readonly #bySession = new Map<string, Mailbox>();
  /** In the order in which they were opened. */
  readonly #byUser = new Map<string, Set<Mailbox>>();

  constructor(most: number, ofOne: number) {
    this.#most = most;
    this.#mostOfOne = ofOne;
  }

  get size(): number {
    return this.#bySession.size;
  }

  of(session: string): Channel | undefined {
    return this.#bySession.get(session)?.channel;
  }

  nameOf(session: string): string | undefined {
    return this.#bySession.get(session)?.name;
  }

  channels(): Channel[] {
    return [...this.#bySession.values()].map(({ channel }) => channel);
  }

  /**
   * The caller's own mailbox that has to go before another is opened, if one has to: the first
   * opened, of those without a connection where there are any. Callers without an identity are many
   * behind one name: they have half of all, and do not end each other's connections.
   * @throws McpError `overloaded`
   */
  spareOf(user: string): Mailbox | undefined {
    const own = [...(this.#byUser.get(user) ?? [])];
    const most = user === anonymous ? Math.ceil(this.#most / 2) : this.#mostOfOne;
    if (own.length < most && this.size < this.#most) return undefined;
    const detached = own.find(({ channel }) => !channel.attached);
    const spare = detached ?? (user === anonymous ? undefined : own[0]);
    if (spare) return spare;
    throw new McpError('overloaded', 'too many streams are open or kept for their clients');
  }

  add(session: string, mailbox: Mailbox): void {
    this.#bySession.set(session, mailbox);
    const own = this.#byUser.get(mailbox.user) ?? new Set();
    this.#byUser.set(mailbox.user, own.add(mailbox));
  }

  delete(session: string): void {
    const mailbox = this.#bySession.get(session);
    if (!mailbox) return;
    this.#bySession.delete(session);
    const own = this.#byUser.get(mailbox.user);
    own?.delete(mailbox);
    if (own?.size === 0) this.#byUser.delete(mailbox.user);
  }
}
