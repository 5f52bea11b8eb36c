import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { legacyVersions } from '../../../../lib/protocol/classify.js';
import { counted } from '../../../../lib/held/counts.js';
import type { Sealer } from '../../../../lib/handles/seal.js';
import { readOwner, writeOwner } from '../../core/owners/owner.js';
import type { Owner } from '../../core/owners/owner.js';

/** Whom a session belongs to: it opens for nobody else. */
export interface SessionOwner {
  readonly endpoint: string;
  readonly principal: string;
}

export interface Session {
  /** Random name of the session; the client never sees it. */
  readonly id: string;
  /** Protocol version negotiated at `initialize`. */
  readonly version: string;
  /** What the client declared there, packed. */
  readonly capabilities: number;
  readonly expiresAt: number;
  /** The process that keeps what belongs to it; undefined where it was alone. */
  readonly owner?: Owner | undefined;
}

/** What is remembered of a session that has ended. */
export type EndedName = Pick<Session, 'id' | 'expiresAt'>;

/** A session id, and whom it opened for. */
interface OpenedSession extends SessionOwner {
  readonly session: Session;
}

/** Ended sessions remembered; beyond them the oldest are forgotten and would open again. */
const { most: mostTombstones } = counted.endedSessions;
const idBytes = 16;
/** Ends the version, which is text, where an owner follows. */
const separator = 0;

/**
 * Sessions carry their own state, sealed (design D8), so an idle one costs no memory here and
 * outlives this process. Only an ended one is remembered, until it would have expired.
 */
export class Sessions {
  readonly #sealer: Sealer;
  readonly #now: () => number;
  /** By name, when they would have expired. */
  readonly #ended: LRUCache<string, number>;
  /** By their text: each request of a session is asked for it more than once. */
  readonly #opened = new LRUCache<string, OpenedSession>({ max: counted.openedSessions.most });
  readonly #self: Buffer;

  /** @param self the process that keeps what belongs to new sessions */
  constructor(
    sealer: Sealer,
    now: () => number,
    { capacity = mostTombstones, self }: { capacity?: number; self?: Owner | undefined } = {},
  ) {
    this.#self = self ? Buffer.concat([Buffer.of(separator), writeOwner(self)]) : Buffer.of();
    this.#sealer = sealer;
    this.#now = now;
    this.#ended = new LRUCache({ max: capacity, perf: { now }, ttlResolution: 0 });
  }

  /**
   * A new session as the text of `Mcp-Session-Id`.
   * @param capabilities what the client declared, packed into seven bits
   */
  mint(owner: SessionOwner, version: string, ttlMs: number, capabilities = 0): string {
    const parts = [randomBytes(idBytes), Buffer.of(capabilities), Buffer.from(version), this.#self];
    const payload = Buffer.concat(parts);
    return this.#sealer.seal(context(owner), payload, this.#now() + ttlMs);
  }

  /** Undefined for what is forged, foreign, expired or ended: a client cannot tell which. */
  open(owner: SessionOwner, text: string): Session | undefined {
    const session = this.#opening(owner, text);
    if (session === undefined || this.#ended.has(session.id)) return undefined;
    return session;
  }

  #opening(owner: SessionOwner, text: string): Session | undefined {
    const known = this.#opened.get(text);
    // It opens for nobody else.
    if (known?.endpoint === owner.endpoint && known.principal === owner.principal) {
      if (known.session.expiresAt > this.#now()) return known.session;
      this.#opened.delete(text);
      return undefined;
    }
    const session = this.#unseal(owner, text);
    if (session !== undefined)
      this.#opened.set(text, { endpoint: owner.endpoint, principal: owner.principal, session });
    return session;
  }

  #unseal(owner: SessionOwner, text: string): Session | undefined {
    const opened = this.#sealer.open(context(owner), text);
    if (opened === undefined) return undefined;
    const { payload, expiresAt } = opened;
    const end = payload.indexOf(separator, idBytes + 1);
    const version = payload.toString('utf8', idBytes + 1, end < 0 ? payload.length : end);
    if (!legacyVersions.includes(version)) return undefined;
    const id = payload.toString('base64url', 0, idBytes);
    const capabilities = payload[idBytes] ?? 0;
    const named = end < 0 ? undefined : readOwner(payload.subarray(end + 1));
    return { id, version, capabilities, expiresAt, owner: named };
  }

  /** Whether the session of this name is remembered as ended. */
  hasEnded(id: string): boolean {
    return this.#ended.has(id);
  }

  /** Ended sessions remembered. */
  get endedCount(): number {
    return this.#ended.size;
  }

  /** Those, the latest first. */
  ended(): EndedName[] {
    return Array.from(this.#ended.entries(), ([id, expiresAt]) => ({ id, expiresAt }));
  }

  end(session: EndedName): void {
    this.#ended.set(session.id, session.expiresAt, {
      ttl: Math.max(1, session.expiresAt - this.#now()),
    });
  }
}

function context(owner: SessionOwner) {
  return { type: 'session', endpoint: owner.endpoint, principal: owner.principal } as const;
}
