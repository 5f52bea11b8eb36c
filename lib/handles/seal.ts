import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { counted } from '../held/counts.js';

/** What a sealed value is for; part of the associated data, so one kind never opens as another. */
export type SealedType = 'session' | 'event' | 'cursor' | 'request' | 'state' | 'task';

export interface SealContext {
  readonly type: SealedType;
  /** The endpoint the value belongs to. */
  readonly endpoint: string;
  /** `principalKey` of the caller it was given to. */
  readonly principal: string;
}

const version = 1;
const keyIdBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;
/** What headers carry of ours is shorter. */
const mostChars = 8_192;
const headerBytes = 1 + keyIdBytes + nonceBytes;

/** What sealing and opening for one context needs: to derive a key takes longer than to use it. */
interface Derived {
  /** In the order of the sealing keys; made when first needed. */
  readonly keys: (KeyObject | undefined)[];
  readonly associated: Buffer;
}

/**
 * Seals what a client carries for us: AES-256-GCM under a key derived per type, endpoint and
 * principal (HKDF-SHA-256), with key id and absolute expiry (design D8). The first key seals, all
 * keys open, so keys can be rotated.
 */
export class Sealer {
  readonly #keys: readonly { readonly id: Buffer; readonly secret: Buffer }[];
  readonly #now: () => number;
  readonly #derived: LRUCache<string, Derived>;

  /**
   * @param secrets at least one, each at least 32 bytes
   * @param now clock in milliseconds
   * @param most contexts whose keys are kept
   * @throws RangeError on a missing or short secret
   */
  constructor(
    secrets: readonly Buffer[],
    now: () => number = Date.now,
    most: number = counted.derivedKeys.most,
  ) {
    this.#derived = new LRUCache({ max: most });
    if (secrets.length === 0) throw new RangeError('a sealing key is needed');
    this.#keys = secrets.map((secret) => {
      if (secret.length < 32) throw new RangeError('a sealing key needs at least 32 bytes');
      return { id: createHash('sha256').update(secret).digest().subarray(0, keyIdBytes), secret };
    });
    this.#now = now;
  }

  /** Seals `payload` until `expiresAt` (milliseconds since the epoch); base64url text. */
  seal(context: SealContext, payload: Buffer, expiresAt: number): string {
    const { id } = this.#keys[0]!;
    const { key, associated } = this.#derive(context, 0);
    const nonce = randomBytes(nonceBytes);
    const header = Buffer.concat([Buffer.of(version), id, nonce]);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(Buffer.concat([header.subarray(0, 1 + keyIdBytes), associated]));
    const expiry = Buffer.alloc(8);
    expiry.writeBigUInt64BE(BigInt(Math.floor(expiresAt)));
    const sealed = Buffer.concat([cipher.update(expiry), cipher.update(payload), cipher.final()]);
    return Buffer.concat([header, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /**
   * The payload and its expiry; undefined when forged, foreign, expired or malformed.
   * @param most characters that are looked at
   */
  open(
    context: SealContext,
    text: string,
    most = mostChars,
  ): { payload: Buffer; expiresAt: number } | undefined {
    if (text.length > most || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    // Spare bits of the last character: one sealed value has one spelling.
    if (bytes.toString('base64url') !== text) return undefined;
    if (bytes.length < headerBytes + 8 + tagBytes || bytes[0] !== version) return undefined;
    const keyId = bytes.subarray(1, 1 + keyIdBytes);
    const at = this.#keys.findIndex((candidate) => candidate.id.equals(keyId));
    if (at < 0) return undefined;
    const { key, associated } = this.#derive(context, at);
    const nonce = bytes.subarray(1 + keyIdBytes, headerBytes);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce);
      decipher.setAAD(Buffer.concat([bytes.subarray(0, 1 + keyIdBytes), associated]));
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
      const body = bytes.subarray(headerBytes, bytes.length - tagBytes);
      const plain = Buffer.concat([decipher.update(body), decipher.final()]);
      const expiresAt = Number(plain.readBigUInt64BE(0));
      return expiresAt > this.#now() ? { payload: plain.subarray(8), expiresAt } : undefined;
    } catch {
      return undefined;
    }
  }

  #derive(context: SealContext, at: number): { key: KeyObject; associated: Buffer } {
    const { type, endpoint, principal } = context;
    const name = `${type} ${endpoint.length} ${endpoint}${principal}`;
    let derived = this.#derived.get(name);
    if (derived === undefined) {
      const associated = Buffer.from(JSON.stringify([type, endpoint, principal]));
      this.#derived.set(name, (derived = { keys: [], associated }));
    }
    const { keys, associated } = derived;
    return { key: (keys[at] ??= derive(this.#keys[at]!.secret, associated)), associated };
  }
}

function derive(secret: Buffer, associated: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', associated, 32)));
}
