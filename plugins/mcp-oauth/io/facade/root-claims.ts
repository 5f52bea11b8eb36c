import { siblings as siblingsOfProcess } from '../../../../lib/workers/siblings.js';
import type { Siblings } from '../../../../lib/workers/siblings.js';

/** How long a claim holds that nobody renews: the plugin may be gone, and Kong does not say so. */
const lapsesMs = 60_000;
const tellAgainMs = 20_000;
const mostOrigins = 10_000;
const topic = 'root_claim';

/** When it was renewed, and when the other workers were told. */
interface Claim {
  readonly at: number;
  readonly toldAt: number;
}

/**
 * Which endpoints of this node claim the root of an origin. Two at once would answer each other's
 * clients, so then neither answers there.
 */
export class RootClaims {
  readonly #claims = new Map<string, Map<string, Claim>>();
  readonly #now: () => number;
  readonly #siblings: Siblings;

  /** @param now clock in milliseconds */
  constructor(now: () => number, siblings: Siblings = siblingsOfProcess()) {
    this.#now = now;
    this.#siblings = siblings;
    siblings.onTold(topic, (resource) => {
      if (typeof resource === 'string' && URL.canParse(resource)) this.#renew(resource, true);
    });
  }

  /** Renews the claim of an endpoint; whether it is the only one, of those that this node knows. */
  claim(resource: string): boolean {
    return this.#renew(resource, false);
  }

  #renew(resource: string, heard: boolean): boolean {
    const { origin } = new URL(resource);
    const now = this.#now();
    const own = this.#claims.get(origin) ?? new Map<string, Claim>();
    const toldAt = own.get(resource)?.toldAt ?? -Infinity;
    const tells = !heard && now - toldAt >= tellAgainMs;
    if (tells) this.#siblings.tell(topic, resource);
    own.set(resource, { at: now, toldAt: tells ? now : toldAt });
    for (const [name, { at }] of own) if (now - at >= lapsesMs) own.delete(name);
    if (!this.#claims.has(origin) && this.#claims.size >= mostOrigins) this.#claims.clear();
    this.#claims.set(origin, own);
    return own.size === 1;
  }
}
