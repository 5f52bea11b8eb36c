import { LRUCache } from 'lru-cache';
import type { OAuthConfig } from '../core/oauth-config.js';
import type { VerifyToken } from '../core/verdict.js';
import type { Fetch } from './fetch-json.js';
import { issuerKeys } from './issuer-keys.js';
import { cachedVerifier } from './token-cache.js';
import { jwtVerifier } from './verify-jwt.js';

export interface RuntimeDependencies {
  readonly fetch: Fetch;
  /** Clock in milliseconds. */
  readonly now: () => number;
  /** See IssuerKeysOptions. */
  readonly cooldownMs?: number;
  readonly retryMs?: number;
}

const maxConfigurations = 10_000;
const idleMs = 3_600_000;

/**
 * Keys and verified tokens of this process, by configuration hash: Kong makes an instance per worker
 * and per change and may never close it, so state belongs to no instance. What is unused for an hour
 * goes; it is built anew when asked for.
 */
export class Runtimes {
  readonly #verifiers: LRUCache<string, VerifyToken>;
  readonly #dependencies: RuntimeDependencies;

  constructor(dependencies: RuntimeDependencies) {
    this.#dependencies = dependencies;
    this.#verifiers = new LRUCache({
      max: maxConfigurations,
      ttl: idleMs,
      updateAgeOnGet: true,
      ttlResolution: 0,
      perf: { now: dependencies.now },
    });
  }

  /** The verifier of a configuration. */
  verifierFor(config: OAuthConfig): VerifyToken {
    const known = this.#verifiers.get(config.hash);
    if (known !== undefined) return known;
    const verifier = newVerifier(config, this.#dependencies);
    this.#verifiers.set(config.hash, verifier);
    return verifier;
  }
}

/** A verifier with keys and cache of its own. */
export function newVerifier(config: OAuthConfig, dependencies: RuntimeDependencies): VerifyToken {
  const { jwksEndpoint, keyTtlMs, timeoutMs } = config;
  const shared = { jwksEndpoint, keyTtlMs, timeoutMs, ...dependencies };
  const keys = new Map(config.issuers.map((issuer) => [issuer, issuerKeys({ issuer, ...shared })]));
  const verify = jwtVerifier(config, (issuer) => keys.get(issuer), dependencies.now);
  return cachedVerifier(config, verify, dependencies.now);
}
