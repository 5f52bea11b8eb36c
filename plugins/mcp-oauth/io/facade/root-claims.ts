/** How long a claim holds that nobody renews: the plugin may be gone, and Kong does not say so. */
const lapsesMs = 60_000;
const mostOrigins = 10_000;

interface Claim {
  readonly resource: string;
  readonly at: number;
}

/**
 * Which endpoints of this process claim the root of an origin. Two at once would answer each other's
 * clients, so then neither answers there.
 */
export class RootClaims {
  readonly #claims = new Map<string, Map<string, Claim>>();
  readonly #now: () => number;

  /** @param now clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Renews the claim of an endpoint; whether it is the only one. */
  claim(resource: string): boolean {
    const { origin } = new URL(resource);
    const now = this.#now();
    const own = this.#claims.get(origin) ?? new Map<string, Claim>();
    own.set(resource, { resource, at: now });
    for (const [name, { at }] of own) if (now - at >= lapsesMs) own.delete(name);
    if (!this.#claims.has(origin) && this.#claims.size >= mostOrigins) this.#claims.clear();
    this.#claims.set(origin, own);
    return own.size === 1;
  }
}
