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
import type { HandleDirection } from '../handle-group.js';

/** No handle of a store begins like this. */
const mark = '~';
const version = 1;
const keyIdBytes = 4;
const senderBytes = 12;
const senderEnd = 1 + keyIdBytes + senderBytes;
const headerBytes = senderEnd + 4;
const timeBytes = 6;
const tagBytes = 16;
const mostCount = 0xffff_ffff;
/** Keys of other processes that are kept: some 300 bytes each. */
const mostDerived = 4_096;
const base64url = /^[A-Za-z0-9_-]+$/;

/** What a ticket that opens says. */
export interface Opened {
  readonly payload: string;
  /** What travels beside the payload, as it was given; empty where there is nothing. */
  readonly beside: string;
  /** By the clock of the process that sealed it, in milliseconds since the epoch. */
  readonly sealedAt: number;
  /** The process that sealed it. */
  readonly sender: string;
  /** Which of that process's tickets it is: never the same twice. */
  readonly count: number;
}

interface Sender {
  readonly header: Buffer;
  readonly keys: Record<HandleDirection, KeyObject>;
}

/** Whether the text is that of a sealed ticket rather than a handle of a store. */
export function isSealed(text: string): boolean {
  return text.startsWith(mark);
}

/**
 * Seals what one process hands to another for one request: AES-256-GCM under a key that belongs to
 * the sending process and the direction (HKDF-SHA-256 of a sealing key, salted by a random name of
 * the process). The nonce is a count, so that it is never used twice under one key, however many
 * processes share the sealing keys. The first of these seals, all open.
 */
export class TicketSealer {
  readonly #secrets: readonly { readonly id: Buffer; readonly secret: Buffer }[];
  readonly #derived = new LRUCache<string, KeyObject>({ max: mostDerived });
  #sender: Sender;
  #count = 0;

  /**
   * @param secrets at least one, each at least 32 bytes
   * @throws RangeError on a missing or short secret
   */
  constructor(secrets: readonly Buffer[]) {
    if (secrets.length === 0) throw new RangeError('a sealing key is needed');
    this.#secrets = secrets.map((secret) => {
      if (secret.length < 32) throw new RangeError('a sealing key needs at least 32 bytes');
      return { id: createHash('sha256').update(secret).digest().subarray(0, keyIdBytes), secret };
    });
    this.#sender = this.#newSender();
  }

  /**
   * @param binding where it counts: the ticket opens for the same one only
   * @param beside base64url text that travels with it, unsealed but bound to it
   * @param now milliseconds since the epoch
   */
  seal(
    direction: HandleDirection,
    binding: string,
    payload: string,
    beside: string,
    now: number,
  ): string {
    if (this.#count === mostCount) this.#sender = this.#newSender();
    const { header: start, keys } = this.#sender;
    const header = Buffer.allocUnsafe(headerBytes);
    start.copy(header);
    header.writeUInt32BE(this.#count++, senderEnd);
    const cipher = createCipheriv('aes-256-gcm', keys[direction], nonceOf(header));
    cipher.setAAD(associated(direction, binding, beside));
    const time = Buffer.allocUnsafe(timeBytes);
    time.writeUIntBE(Math.floor(now), 0, timeBytes);
    const parts = [header, cipher.update(time), cipher.update(payload, 'utf8'), cipher.final()];
    const text = Buffer.concat([...parts, cipher.getAuthTag()]).toString('base64url');
    return beside === '' ? `${mark}${text}` : `${mark}${text}.${beside}`;
  }

  /**
   * What the ticket says; `foreign_key` where no key of ours has sealed it, `forged` where it was
   * altered, is meant for elsewhere or is no ticket.
   */
  open(
    direction: HandleDirection,
    binding: string,
    text: string,
  ): Opened | 'foreign_key' | 'forged' {
    const dot = text.indexOf('.');
    const sealed = dot < 0 ? text.slice(mark.length) : text.slice(mark.length, dot);
    const beside = dot < 0 ? '' : text.slice(dot + 1);
    if (!isSealed(text) || !base64url.test(sealed)) return 'forged';
    const bytes = Buffer.from(sealed, 'base64url');
    // Spare bits of the last character: one ticket has one spelling.
    if (bytes.toString('base64url') !== sealed) return 'forged';
    if (bytes.length < headerBytes + timeBytes + tagBytes || bytes[0] !== version) return 'forged';
    const keyId = bytes.subarray(1, 1 + keyIdBytes);
    const secret = this.#secrets.find(({ id }) => id.equals(keyId))?.secret;
    if (secret === undefined) return 'foreign_key';
    const sender = bytes.toString('base64url', 1, senderEnd);
    const name = `${direction} ${sender}`;
    const known = this.#derived.get(name);
    const key = known ?? derive(secret, bytes.subarray(1 + keyIdBytes, senderEnd), direction);
    const plain = decrypt(key, bytes, associated(direction, binding, beside));
    if (plain === undefined) return 'forged';
    if (known === undefined) this.#derived.set(name, key);
    const payload = plain.toString('utf8', timeBytes);
    const sealedAt = plain.readUIntBE(0, timeBytes);
    return { payload, beside, sealedAt, sender, count: bytes.readUInt32BE(senderEnd) };
  }

  #newSender(): Sender {
    this.#count = 0;
    const { id, secret } = this.#secrets[0]!;
    const name = randomBytes(senderBytes);
    const keys = {
      oauth: derive(secret, name, 'oauth'),
      aggregator: derive(secret, name, 'aggregator'),
      internal: derive(secret, name, 'internal'),
    };
    return { header: Buffer.concat([Buffer.of(version), id, name]), keys };
  }
}

/** The count, and zeros: the key is this sender's alone. */
function nonceOf(bytes: Buffer): Buffer {
  const nonce = Buffer.alloc(12);
  bytes.copy(nonce, 0, senderEnd, headerBytes);
  return nonce;
}

function decrypt(key: KeyObject, bytes: Buffer, associated: Buffer): Buffer | undefined {
  const end = bytes.length - tagBytes;
  const options = { authTagLength: tagBytes };
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(bytes), options);
  decipher.setAAD(associated).setAuthTag(bytes.subarray(end));
  const plain = decipher.update(bytes.subarray(headerBytes, end));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

function associated(direction: HandleDirection, binding: string, beside: string): Buffer {
  return Buffer.from(`${direction} ${binding.length} ${binding}${beside}`);
}

function derive(secret: Buffer, sender: Buffer, direction: HandleDirection): KeyObject {
  const info = `kong-plugin-mcp ticket ${version} ${direction}`;
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, sender, info, 32)));
}
