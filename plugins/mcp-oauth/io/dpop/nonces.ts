import { createHmac, timingSafeEqual } from 'node:crypto';

/** Secrets by which all workers, and all nodes that share them, know each other's nonces. */
export type NonceSecrets = () => Promise<readonly Buffer[]>;

const timeBytes = 6;
const macBytes = 16;
const form = /^[\w-]{30}$/;

/**
 * Nonces for proofs (RFC 9449 section 9), of which nothing is kept: each is the second in which it
 * was given out, with a MAC under a secret and for one resource. The first secret makes them, all
 * are known, so they can be changed.
 */
export class Nonces {
  readonly #secrets: NonceSecrets;

  constructor(secrets: NonceSecrets) {
    this.#secrets = secrets;
  }

  /** A nonce of this second. @param now seconds since the epoch */
  async issue(resource: string, now: number): Promise<string> {
    const time = Buffer.alloc(timeBytes);
    time.writeUIntBE(Math.floor(now), 0, timeBytes);
    const [secret] = await this.#secrets();
    return Buffer.concat([time, mac(secret!, resource, time)]).toString('base64url');
  }

  /** When a nonce was given out for this resource, in seconds; undefined where it never was. */
  async issuedAt(resource: string, nonce: unknown): Promise<number | undefined> {
    if (typeof nonce !== 'string' || !form.test(nonce)) return undefined;
    const bytes = Buffer.from(nonce, 'base64url');
    const time = bytes.subarray(0, timeBytes);
    const offered = bytes.subarray(timeBytes);
    for (const secret of await this.#secrets()) {
      if (timingSafeEqual(offered, mac(secret, resource, time))) {
        return time.readUIntBE(0, timeBytes);
      }
    }
    return undefined;
  }
}

function mac(secret: Buffer, resource: string, time: Buffer): Buffer {
  const text = JSON.stringify(['dpop-nonce', resource]);
  return createHmac('sha256', secret).update(text).update(time).digest().subarray(0, macBytes);
}
