import { createLocalJWKSet, errors } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { log } from '../../../lib/log.js';
import type { KeySource } from '../core/token/token-config.js';
import { IssuerUnavailable } from './issuer-unavailable.js';
import { KeySetLoader } from './key-set-loader.js';
import type { KeySet, KeySetOptions } from './key-set-loader.js';

export interface IssuerKeysOptions extends Omit<KeySetOptions, 'source'> {
  readonly source: KeySource;
  /** How long keys older than `keyTtlMs` serve while the issuer does not answer. */
  readonly staleKeyTtlMs: number;
  /** Least time between two loads for unknown keys; default 10,000. */
  readonly cooldownMs?: number;
}

/** A look for the key of one token. */
export interface KeySearch {
  readonly find: JWTVerifyGetKey;
  /**
   * How long what the key vouches for may be remembered, in milliseconds; undefined where keys never
   * change.
   */
  readonly keepMs: () => number | undefined;
}

/** What keys vouch for that may have been withdrawn is asked again so soon. */
const staleKeepMs = 1_000;

/**
 * The keys of one issuer, never mixed with another's; called for each token. `find` rejects with
 * jose's JWKSNoMatchingKey or JWKSMultipleMatchingKeys when the keys are at hand and the token's is not
 * among them, and with IssuerUnavailable when they cannot be had.
 */
export function issuerKeys(options: IssuerKeysOptions): () => KeySearch {
  const { source, issuer } = options;
  if (source.kind !== 'inline') {
    const search = remoteKeys({ ...options, source }, new KeySetLoader({ ...options, source }));
    return () => {
      const { find, keepMs } = search();
      return { find: known(find, issuer), keepMs };
    };
  }
  const find = known(createLocalJWKSet(source.keys), issuer);
  return () => ({ find, keepMs: () => undefined });
}

/** Rejects with errors that are known only. */
function known(find: JWTVerifyGetKey, issuer: string): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) throw error;
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      if (error instanceof IssuerUnavailable) throw error;
      log('debug', 'issuer_key_unusable', { issuer });
      throw new IssuerUnavailable('the key is unusable', { cause: error });
    }
  };
}

function remoteKeys(options: IssuerKeysOptions, loader: KeySetLoader): () => KeySearch {
  const { keyTtlMs, staleKeyTtlMs, cooldownMs = 10_000, now } = options;
  let known: KeySet | undefined;
  let soughtAt = -Infinity;
  const age = (keys: KeySet): number => now() - keys.at;
  const load = async (): Promise<KeySet> => (known = await loader.load());

  const current = async (): Promise<KeySet> => {
    if (known === undefined || age(known) >= keyTtlMs + staleKeyTtlMs) return load();
    if (age(known) < keyTtlMs) return known;
    // Old keys serve while new ones cannot be had; once that is known, nobody waits for it again.
    const old = known;
    const renewed = load().catch(() => old);
    return loader.failing ? old : renewed;
  };

  /** Looks for a key that is not among `keys`: at most one load per cooldown, and who waits joins. */
  const seek = async (): Promise<KeySet | undefined> => {
    const answered = !loader.busy && !loader.failing;
    if (answered && now() - soughtAt < cooldownMs) return undefined;
    if (answered) soughtAt = now();
    return load();
  };

  return () => {
    let used: KeySet | undefined;
    const find: JWTVerifyGetKey = async (header, token) => {
      const keys = (used = await current());
      try {
        const key = await keys.find(header, token);
        // Ahead of time, so that keys in use are renewed without anyone waiting.
        if (age(keys) >= keyTtlMs / 2) load().catch(() => undefined);
        return key;
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        used = await seek();
        if (used === undefined) throw error;
        return used.find(header, token);
      }
    };
    return { find, keepMs: () => (used ? keepMs(keyTtlMs - age(used)) : 0) };
  };
}

/**
 * Until the keys have to be asked for anew at the latest, so that a withdrawn one ends what it signed;
 * not all of it in one moment.
 * @param left of the life of the keys, in milliseconds
 */
function keepMs(left: number): number {
  return left > 0 ? left * (0.5 + Math.random() / 2) : staleKeepMs;
}
