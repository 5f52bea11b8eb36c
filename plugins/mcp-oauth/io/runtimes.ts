import { LRUCache } from 'lru-cache';
import type { Fetch } from '../../../lib/outbound/outbound-fetch.js';
import { sharedStates } from '../../../lib/shared-state/shared-states.js';
import type { OAuthConfig } from '../core/oauth-config.js';
import type { KeySource } from '../core/token/token-config.js';
import type { VerifyProof } from '../core/holder/verify-proof.js';
import type { VerifyToken } from '../core/token/verdict.js';
import { Proofs, sealingSecrets } from './dpop/proofs.js';
import { fetches } from './fetches.js';
import { introspectionClient } from './introspection-client.js';
import { issuerKeys } from './issuer-keys.js';
import { cachedVerifier } from './token-cache.js';
import { introspectingVerifier } from './verify-by-introspection.js';
import { revocable } from './revocable.js';
import { jwtVerifier } from './verify-jwt.js';

export interface RuntimeDependencies {
  /** In place of calls by the configuration's rules. */
  readonly fetch?: Fetch;
  /** Clock in milliseconds. */
  readonly now: () => number;
  /** See IssuerKeysOptions. */
  readonly cooldownMs?: number;
  readonly retryMs?: number;
  /** Default: those of this clock and the sealing keys. */
  readonly proofs?: Proofs;
}

const maxConfigurations = 10_000;
const idleMs = 3_600_000;

/**
 * Keys and verified tokens of this process, by configuration hash: Kong makes an instance per worker
 * and per change and may never close it, so state belongs to no instance. What is unused for an hour
 * goes; it is built anew when asked for.
 */
export class Runtimes {
  readonly #verifiers: LRUCache<string, HeldVerifiers>;
  readonly #dependencies: RuntimeDependencies;
  readonly #proofs: Proofs;

  constructor(dependencies: RuntimeDependencies) {
    this.#dependencies = dependencies;
    this.#proofs = dependencies.proofs ?? new Proofs(dependencies.now, sealingSecrets);
    this.#verifiers = new LRUCache({
      max: maxConfigurations,
      ttl: idleMs,
      updateAgeOnGet: true,
      ttlResolution: 0,
      perf: { now: dependencies.now },
      dispose: ({ release }) => release(),
    });
  }

  /** The verifiers of a configuration. */
  verifiersFor(config: OAuthConfig): Verifiers {
    const known = this.#verifiers.get(config.hash);
    if (known !== undefined) return known;
    const held = heldVerifiers(config, newVerifier(config, this.#dependencies), this.#proofs);
    this.#verifiers.set(config.hash, held);
    return held;
  }
}

export interface Verifiers {
  readonly verifyToken: VerifyToken;
  /** Of the proofs that come with tokens. */
  readonly verifyProof: VerifyProof;
}

interface HeldVerifiers extends Verifiers {
  /** Gives back the Redis that they ask. */
  readonly release: () => void;
}

function heldVerifiers(
  config: OAuthConfig,
  verifyToken: VerifyToken,
  proofs: Proofs,
): HeldVerifiers {
  if (config.redis === undefined) {
    const verifyProof = proofs.verifierFor(config, undefined);
    return { verifyToken, verifyProof, release: () => undefined };
  }
  const { state, release } = sharedStates.acquire(config.redis);
  const verifyProof = proofs.verifierFor(config, state);
  return { verifyToken: revocable(verifyToken, state.revocations), verifyProof, release };
}

/** A verifier with keys and cache of its own. */
export function newVerifier(config: OAuthConfig, dependencies: RuntimeDependencies): VerifyToken {
  const fetchFrom = fetches(config, dependencies.fetch);
  const { introspection, keyTtlMs, staleKeyTtlMs, timeoutMs } = config;
  const { now } = dependencies;
  const shared = { ...dependencies, keyTtlMs, staleKeyTtlMs, timeoutMs };
  const keys = new Map(
    [...config.keySources].map(([issuer, source]) => {
      const fetch = fetchFrom(startOf(issuer, source));
      return [issuer, issuerKeys({ ...shared, issuer, source, fetch })];
    }),
  );
  const jwts = jwtVerifier(config, (issuer) => keys.get(issuer)?.(), now);
  if (introspection === undefined) return cachedVerifier(config, jwts, now);
  const fetch = fetchFrom(introspection.endpoint);
  const introspect = introspectionClient({ ...shared, introspection, fetch });
  const verify = introspectingVerifier({ ...config, introspection }, introspect, jwts, now);
  return cachedVerifier(config, verify, now);
}

/** The configured address that fetching an issuer's keys begins with. */
function startOf(issuer: string, source: KeySource): URL {
  return source.kind === 'inline' ? new URL(issuer) : (source.url ?? new URL(issuer));
}
