import { Cancellation } from '../../../../lib/flow/cancellation.js';
import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import { McpError } from '../../../../lib/errors/errors.js';
import { FairShare } from '../../../../lib/flow/fair-share.js';
import { counted } from '../../../../lib/held/counts.js';
import { anonymousIdentity, userKey } from '../../../../lib/identity/identity.js';

/** Who may cancel a call: the session that made it, else the principal at the same endpoint. */
export interface CallScope {
  readonly endpoint: string;
  readonly principal: string;
  readonly session: string | undefined;
  /** `userKey` of the caller. */
  readonly user: string;
}

export interface RunningCall {
  readonly signal: CancelSignal;
  abort(): void;
  /** Call once, when the call has ended. */
  end(): void;
}

const { most: mostCalls, ofOne: mostOfOne } = counted.calls;
const anonymous = userKey(anonymousIdentity);

/** Calls under way, found by their caller and request id for `notifications/cancelled`. */
export class InFlight {
  readonly #calls = new Map<string, Set<Cancellation>>();
  /** By user, so that nobody's calls leave no room for others'. */
  readonly #places: FairShare;
  readonly #capacity: number;
  readonly #ofOne: number;

  /** @param ofOne of one user; callers without an identity have half of all together */
  constructor(capacity: number = mostCalls, ofOne: number = mostOfOne) {
    this.#places = new FairShare(capacity);
    this.#capacity = capacity;
    this.#ofOne = ofOne;
  }

  get size(): number {
    return this.#places.taken;
  }

  /**
   * @param id the raw JSON of the request's id: `1` and `"1"` differ
   * @throws McpError `overloaded`
   */
  begin(scope: CallScope, id: string): RunningCall {
    const { user } = scope;
    const most = user === anonymous ? this.#capacity / 2 : this.#ofOne;
    if (this.#places.heldBy(user) >= most) {
      throw new McpError('overloaded', `this caller has ${most} calls under way`);
    }
    if (!this.#places.take(user)) {
      throw new McpError('overloaded', 'too many calls are under way');
    }
    const key = keyOf(scope, id);
    const controller = new Cancellation();
    const same = this.#calls.get(key) ?? new Set<Cancellation>();
    this.#calls.set(key, same.add(controller));
    const end = () => {
      if (!same.delete(controller)) return;
      this.#places.give(user);
      if (same.size === 0) this.#calls.delete(key);
    };
    return { signal: controller, abort: () => controller.abort(), end };
  }

  /**
   * Aborts the call with this id. Without a session several clients of one principal may use the
   * same id: then nobody can tell whose call is meant, and none is aborted.
   * @returns whether there is such a call
   */
  cancel(scope: CallScope, id: string): boolean {
    const found = this.#calls.get(keyOf(scope, id));
    if (found === undefined) return false;
    if (scope.session === undefined && found.size > 1) return true;
    for (const controller of found) controller.abort();
    return true;
  }

  /** Aborts all calls of a session that has ended. */
  endSession(scope: Omit<CallScope, 'user'> & { readonly session: string }): void {
    const start = keyOf(scope, '');
    for (const [key, calls] of this.#calls) {
      if (key.startsWith(start)) for (const controller of calls) controller.abort();
    }
  }

  abortAll(): void {
    for (const same of this.#calls.values()) for (const controller of same) controller.abort();
  }
}

/** Each part with its length, so that no two scopes have keys that begin alike. */
function keyOf({ endpoint, principal, session }: Omit<CallScope, 'user'>, id: string): string {
  const of = session === undefined ? '-' : `${session.length}:${session}`;
  return `${endpoint.length}:${endpoint}${principal.length}:${principal}${of}:${id}`;
}
