import { McpError } from '../../../../lib/errors/errors.js';
import { counted } from '../../../../lib/held/counts.js';
import { userKey } from '../../../../lib/identity/identity.js';
import type { CallerContext } from '../../core/calls/call.js';
import { aboutOf, isAbout } from '../../core/uris/updates.js';
import type { Runtime } from '../../io/runtimes/runtime.js';
import type { ChannelOwner } from '../streams/channels.js';
import type { Ticket } from '../requests/ticket.js';

export interface SubscriptionBounds {
  readonly ofSession: number;
  /** Anonymous callers are one user and have no such bound. */
  readonly ofUser: number;
  readonly all: number;
  /** How long a client has to come back when the configuration has been replaced, in milliseconds. */
  readonly orphanMs: number;
}

const defaultBounds: SubscriptionBounds = {
  ofSession: 256,
  ofUser: counted.subscriptions.ofOne,
  all: counted.subscriptions.most,
  orphanMs: 60_000,
};
const longestTimer = 2 ** 31 - 1;

/** One session with subscriptions. */
export interface Subscriber {
  readonly owner: ChannelOwner;
  /** URIs as the client knows them, with the one spelling of each. */
  readonly uris: Map<string, string>;
  /** Those that have changed while nothing could be told. */
  readonly missed: Set<string>;
  runtime: Pick<Runtime, 'watch' | 'endConversation'>;
  /** Of its latest stream or subscription: what it may hear of. */
  ticket: Ticket;
}

interface Kept extends Subscriber {
  timer: NodeJS.Timeout;
  unwatch: () => void;
}

/**
 * What sessions have subscribed to. It ends with the session, and with the configuration it was made
 * under unless the client comes back and has it moved to the next.
 */
export class Subscriptions {
  readonly #now: () => number;
  readonly #bounds: SubscriptionBounds;
  readonly #sessions = new Map<string, Kept>();
  readonly #byUser = new Map<string, number>();
  #size = 0;

  constructor(now: () => number, bounds: Partial<SubscriptionBounds> = {}) {
    this.#now = now;
    this.#bounds = { ...defaultBounds, ...bounds };
  }

  get size(): number {
    return this.#size;
  }

  of(session: string): Subscriber | undefined {
    return this.#sessions.get(session);
  }

  /**
   * Takes a subscription in, before the server is asked: it may tell of changes before it answers.
   * @returns whether it is new here
   * @throws McpError `subscription_limit`
   */
  add(owner: ChannelOwner, runtime: Subscriber['runtime'], ticket: Ticket, uri: string): boolean {
    const known = this.#sessions.get(owner.session.id);
    if (known?.uris.has(uri)) return false;
    this.#admit(owner, ticket, known?.uris.size ?? 0);
    const kept = known ?? this.#begin(owner, runtime, ticket);
    kept.uris.set(uri, aboutOf(uri));
    this.#count(owner.user, 1);
    return true;
  }

  /**
   * Counts what belongs to no session; answers what takes it out again, once.
   * @throws McpError `subscription_limit`
   */
  reserve({ identity }: CallerContext, count: number): () => void {
    const user = userKey(identity);
    this.#admitUser(user, identity.subject !== '', count);
    this.#count(user, count);
    return () => this.#count(user, -count);
  }

  remove(session: string, uri: string): void {
    const kept = this.#sessions.get(session);
    if (!kept?.uris.delete(uri)) return;
    kept.missed.delete(uri);
    this.#count(kept.owner.user, -1);
    if (kept.uris.size === 0) this.#forget(kept);
  }

  /** Whether some subscription of the session is about this resource. */
  covers(subscriber: Subscriber, uri: string): boolean {
    if (subscriber.uris.has(uri)) return true;
    const about = aboutOf(uri);
    for (const subscribed of subscriber.uris.values()) if (isAbout(subscribed, about)) return true;
    return false;
  }

  /** From now on the session is served under this configuration. */
  move(subscriber: Subscriber, runtime: Subscriber['runtime'], ticket: Ticket): void {
    const kept = subscriber as Kept;
    kept.ticket = ticket;
    if (kept.runtime === runtime) return;
    kept.unwatch();
    kept.runtime = runtime;
    this.#settle(kept);
  }

  /** The session is over: nothing of it is left here, nor at servers. */
  end(session: string): void {
    const kept = this.#sessions.get(session);
    if (!kept) return;
    this.#forget(kept);
    kept.runtime.endConversation(session);
  }

  endAll(): void {
    for (const kept of [...this.#sessions.values()]) this.#forget(kept);
  }

  #begin(owner: ChannelOwner, runtime: Subscriber['runtime'], ticket: Ticket): Kept {
    const unset = { timer: setTimeout(() => {}, 0), unwatch: () => {} };
    const kept = {
      owner,
      runtime,
      ticket,
      uris: new Map<string, string>(),
      missed: new Set<string>(),
    };
    const made: Kept = { ...kept, ...unset };
    this.#sessions.set(owner.session.id, made);
    this.#settle(made);
    return made;
  }

  /** Ends with the session, or some time after its configuration has gone. */
  #settle(kept: Kept): void {
    this.#expire(kept);
    kept.unwatch = kept.runtime.watch(() => {
      const { id } = kept.owner.session;
      clearTimeout(kept.timer);
      kept.timer = setTimeout(() => this.end(id), this.#bounds.orphanMs).unref();
    });
  }

  #expire(kept: Kept): void {
    clearTimeout(kept.timer);
    const { id, expiresAt } = kept.owner.session;
    const left = expiresAt - this.#now();
    const onTime = () => (left <= longestTimer ? this.end(id) : this.#expire(kept));
    kept.timer = setTimeout(onTime, Math.min(Math.max(0, left), longestTimer)).unref();
  }

  #forget(kept: Kept): void {
    clearTimeout(kept.timer);
    kept.unwatch();
    this.#sessions.delete(kept.owner.session.id);
    this.#count(kept.owner.user, -kept.uris.size);
  }

  #admit(owner: ChannelOwner, { caller }: Ticket, own: number): void {
    const { ofSession } = this.#bounds;
    if (own >= ofSession) throw tooMany('this session has', ofSession);
    this.#admitUser(owner.user, caller.identity.subject !== '', 1);
  }

  #admitUser(user: string, named: boolean, more: number): void {
    const { ofUser, all } = this.#bounds;
    const ofOne = this.#byUser.get(user) ?? 0;
    if (named && ofOne + more > ofUser) throw tooMany('this caller has', ofUser);
    if (this.#size + more > all) throw tooMany('the gateway has', all);
  }

  #count(user: string, more: number): void {
    this.#size += more;
    const count = (this.#byUser.get(user) ?? 0) + more;
    if (count > 0) this.#byUser.set(user, count);
    else this.#byUser.delete(user);
  }
}

function tooMany(who: string, most: number): McpError {
  const message = `${who} ${most} subscriptions, and may have no more: unsubscribe from some`;
  return new McpError('subscription_limit', message, { limit: most });
}
