import { hash } from 'node:crypto';
import type { ReadMessage } from '../../../../lib/json/envelope.js';
import type { Envelope } from '../../../../lib/json/types.js';

/** Of a larger body only a digest is kept beside what was read in it. */
const mostKept = 16_384;
/** What a message that was read takes, about, and each of its members. */
const messageBytes = 1_024;
const memberBytes = 256;

interface Kept {
  /** The body, or its digest where it is large. */
  readonly body: Buffer | string;
  readonly read: ReadMessage;
}

/** The body that was admitted. */
export interface BodyProof {
  /** What it takes in memory, about. */
  readonly cost: number;
  /**
   * Compares a body with the admitted one; to be asked once.
   * @returns false for another body; for the same one what was read in it, or true where that was not
   *   kept
   */
  redeem(bytes: Buffer): ReadMessage | boolean;
}

/** A body of which another process says that it admitted it. */
export class AdmittedDigest implements BodyProof {
  readonly cost = 0;
  readonly #digest: string;

  /** @param digest as `digestOf` */
  constructor(digest: string) {
    this.#digest = digest;
  }

  redeem(bytes: Buffer): boolean {
    return digestOf(bytes) === this.#digest;
  }
}

/**
 * What a ticket remembers of the body that was admitted: what was read in it, since equal bytes need
 * not be read again, and of a small one the bytes: to compare them costs a tenth of a digest.
 */
export class AdmittedBody implements BodyProof {
  readonly cost: number;
  #kept: Kept | undefined;
  #digest = '';

  /**
   * @param read what was read in it
   * @param room whether there is room for more than a digest
   */
  constructor(bytes: Buffer, read: ReadMessage, room = true) {
    const isLarge = bytes.length > mostKept;
    this.cost = room ? (isLarge ? 0 : bytes.length) + readBytes(read) : 0;
    // A copy: the bytes may be part of all that Kong has just sent.
    if (room) this.#kept = { body: isLarge ? digestOf(bytes) : Buffer.from(bytes), read };
    else this.#digest = digestOf(bytes);
  }

  redeem(bytes: Buffer): ReadMessage | boolean {
    const kept = this.#kept;
    if (kept === undefined) return this.#digest !== '' && digestOf(bytes) === this.#digest;
    this.#kept = undefined;
    return isSame(kept.body, bytes) && kept.read;
  }
}

function isSame(kept: Buffer | string, bytes: Buffer): boolean {
  return typeof kept === 'string' ? digestOf(bytes) === kept : kept.equals(bytes);
}

function readBytes(read: ReadMessage): number {
  if (read.kind === 'single') return messageBytes + membersBytes(read.message);
  return read.messages.reduce((sum, one) => sum + messageBytes + membersBytes(one), 0);
}

function membersBytes(message: Envelope): number {
  if (message.kind === 'response' || message.params === undefined) return 0;
  return memberBytes * (message.params.members.length + message.params.meta.length);
}

/** Names a body among all others. */
export function digestOf(bytes: Buffer): string {
  return hash('sha256', bytes, 'base64');
}
