import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { held } from '../../../lib/held/limits.js';
import { identityBytes } from '../../../lib/identity/identity.js';
import { singleFlight } from '../../../lib/flow/single-flight.js';
import type { OAuthConfig } from '../core/oauth-config.js';
import type { Verdict, VerifiedToken, VerifyToken } from '../core/token/verdict.js';

/**
 * Verifies each token once at a time and remembers verified tokens, keyed by a hash of
 * configuration and token, until they expire and never longer than keys are trusted, so that a withdrawn key ends what it signed. Refusals are not kept:
 * whoever sends bad tokens can vary them, so a cache would bound nothing and only take room.
 */
export function cachedVerifier(
  config: Pick<OAuthConfig, 'hash' | 'tokenCacheSize' | 'keyTtlMs' | 'leewaySeconds'>,
  verify: VerifyToken,
  now: () => number,
): VerifyToken {
  const once = singleFlight(async (token) => verify(token));
  if (config.tokenCacheSize === 0) return once;
  const cache = new LRUCache<string, VerifiedToken>({
    max: config.tokenCacheSize,
    maxSize: held.tokens.bytes,
    sizeCalculation: ({ identity }) => identityBytes(identity),
    ttl: config.keyTtlMs,
    // Ask the clock each time: a token must not outlive its end by a cached reading.
    ttlResolution: 0,
    perf: { now },
  });
  const verifyNew = async (token: string, key: string): Promise<Verdict> => {
    const verdict = await once(token);
    if (verdict.kind !== 'verified') return verdict;
    const { expiresAt } = verdict.caller.identity;
    const left = Math.floor((expiresAt + config.leewaySeconds) * 1000 - now());
    // lru-cache keeps an entry through its last millisecond, and for ever with a ttl of 0.
    const ttl = Math.min(left, Math.floor(verdict.keepMs ?? config.keyTtlMs)) - 1;
    if (ttl > 0) cache.set(key, verdict.caller, { ttl });
    return verdict;
  };
  return (token) => {
    const key = hash('sha256', `${config.hash} ${token}`, 'base64');
    const known = cache.get(key);
    return known === undefined ? verifyNew(token, key) : { kind: 'verified', caller: known };
  };
}
