import { calculateJwkThumbprint, importJWK } from 'jose';
import type { CryptoKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { counted } from '../../../../lib/held/counts.js';
import type { ProofKey } from '../../core/holder/proof-header.js';

/** The key of a proof, read. */
export interface KnownKey {
  /** SHA-256 of RFC 7638, in base64url. */
  readonly jkt: string;
  readonly key: CryptoKey;
}

/**
 * Keys that have signed a good proof: to read one takes longer than to check a signature, and the same
 * ones come again and again. Each is found by all of its members, so what stands for it is its own.
 */
export class ProofKeys {
  readonly #known = new LRUCache<string, KnownKey>({ max: counted.proofKeys.most });

  get(jwk: ProofKey, algorithm: string): KnownKey | undefined {
    return this.#known.get(nameOf(jwk, algorithm));
  }

  keep(jwk: ProofKey, algorithm: string, known: KnownKey): void {
    this.#known.set(nameOf(jwk, algorithm), known);
  }
}

/** RFC 7638's thumbprint. */
export function thumbprint(jwk: ProofKey): Promise<string> {
  return calculateJwkThumbprint({ ...jwk });
}

/** @throws JOSEError, TypeError or DOMException for what is no key */
export async function readKey(jwk: ProofKey, algorithm: string): Promise<CryptoKey> {
  const key = await importJWK({ ...jwk }, algorithm);
  if (key instanceof Uint8Array) throw new TypeError('a symmetric key');
  return key;
}

function nameOf(jwk: ProofKey, algorithm: string): string {
  return `${algorithm} ${JSON.stringify(jwk)}`;
}
