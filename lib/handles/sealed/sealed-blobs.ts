import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;
const base64url = /^[A-Za-z0-9_-]+$/;

interface Keys {
  readonly sealing: KeyObject;
  readonly naming: KeyObject;
}

/**
 * Seals what many tickets say alike, once: AES-256-GCM whose nonce is a keyed digest of the text, so
 * that equal texts are sealed alike by every process with the same keys, and are opened and kept once.
 * It has no end of its own, since it counts only beside a ticket that is bound to it.
 */
export class SealedBlobs {
  readonly #keys: readonly Keys[];

  /**
   * @param kind what they say: those of one kind never open as another
   * @param secrets sealing keys: the first one seals, all open
   */
  constructor(kind: string, secrets: readonly Buffer[]) {
    if (secrets.length === 0) throw new RangeError('a sealing key is needed');
    const derive = (secret: Buffer, use: string) =>
      createSecretKey(
        Buffer.from(hkdfSync('sha256', secret, '', `kong-plugin-mcp blob 1 ${kind} ${use}`, 32)),
      );
    this.#keys = secrets.map((secret) => ({
      sealing: derive(secret, 'sealing'),
      naming: derive(secret, 'naming'),
    }));
  }

  /** base64url text. */
  seal(text: string): string {
    const { sealing, naming } = this.#keys[0]!;
    const nonce = createHmac('sha256', naming).update(text).digest().subarray(0, nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', sealing, nonce);
    const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(parts).toString('base64url');
  }

  /** Undefined for what is forged or of another kind. */
  open(blob: string): string | undefined {
    if (!base64url.test(blob)) return undefined;
    const bytes = Buffer.from(blob, 'base64url');
    // Spare bits of the last character: one blob has one spelling.
    if (bytes.toString('base64url') !== blob) return undefined;
    if (bytes.length < nonceBytes + tagBytes) return undefined;
    for (const { sealing } of this.#keys) {
      const text = decrypt(sealing, bytes);
      if (text !== undefined) return text;
    }
    return undefined;
  }
}

function decrypt(key: KeyObject, bytes: Buffer): string | undefined {
  const end = bytes.length - tagBytes;
  const options = { authTagLength: tagBytes };
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), options);
  decipher.setAuthTag(bytes.subarray(end));
  const plain = decipher.update(bytes.subarray(nonceBytes, end));
  try {
    decipher.final();
    return plain.toString();
  } catch {
    return undefined;
  }
}
