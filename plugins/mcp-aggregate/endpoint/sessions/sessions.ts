import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { legacyVersions } from '../../../../lib/protocol/classify.js';
import { counted } from '../../../../lib/held/counts.js';
import type { Sealer } from '../../../../lib/handles/seal.js';

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
}

/** Ended sessions remembered; beyond them the oldest are forgotten and would open again. */
const { most: mostTombstones } = counted.endedSessions;
const idBytes = 16;

/**
 * Sessions carry their own state, sealed (design D8), so an idle one costs no memory here and
 * outlives this process. Only an ended one is remembered, until it would have expired.
 */
export class Sessions {
  readonly #sealer: Sealer;
  readonly #now: () => number;
  readonly #ended: LRUCache<string, true>;

  constructor(sealer: Sealer, now: () => number, capacity: number = mostTombstones) {
    this.#sealer = sealer;
    this.#now = now;
    this.#ended = new LRUCache({ max: capacity, perf: { now }, ttlResolution: 0 });
  }

  /**
   * A new session as the text of `Mcp-Session-Id`.
   * @param capabilities what the client declared, packed into seven bits
   */
  mint(owner: SessionOwner, version: string, ttlMs: number, capabilities = 0): string {
    const parts = [randomBytes(idBytes), Buffer.of(capabilities), Buffer.from(version)];
    const payload = Buffer.concat(parts);
    return this.#sealer.seal(context(owner), payload, this.#now() + ttlMs);
  }

  /** Undefined for what is forged, foreign, expired or ended: a client cannot tell which. */
  open(owner: SessionOwner, text: string): Session | undefined {
    const opened = this.#sealer.open(context(owner), text);
    if (opened === undefined) return undefined;
    const version = opened.payload.toString('utf8', idBytes + 1);
    if (!legacyVersions.includes(version)) return undefined;
    const id = opened.payload.toString('base64url', 0, idBytes);
    if (this.#ended.has(id)) return undefined;
    const capabilities = opened.payload[idBytes] ?? 0;
    return { id, version, capabilities, expiresAt: opened.expiresAt };
  }

  /** Ended sessions remembered. */
  get endedCount(): number {
    return this.#ended.size;
  }

  end(session: Session): void {
    this.#ended.set(session.id, true, { ttl: Math.max(1, session.expiresAt - this.#now()) });
  }
}

function context(owner: SessionOwner) {
  return { type: 'session', endpoint: owner.endpoint, principal: owner.principal } as const;
}
