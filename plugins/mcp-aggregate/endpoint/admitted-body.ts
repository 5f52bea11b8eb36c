import { hash } from 'node:crypto';
import type { ReadMessage } from '../../../lib/json/envelope.js';
import type { Envelope } from '../../../lib/json/types.js';

/** Larger bodies are kept as a digest alone: their bytes are read again. */
const mostKept = 16_384;
/** What a message that was read takes, about, and each of its members. */
const messageBytes = 1_024;
const memberBytes = 256;

interface Kept {
  readonly bytes: Buffer;
  readonly read: ReadMessage;
}

/**
 * What a ticket remembers of the body that was admitted. Of a small one it is the bytes and what was
 * read in them: to compare bytes costs a tenth of a digest, and equal bytes need not be read again.
 */
export class AdmittedBody {
  /** What it takes in memory, about. */
  readonly cost: number;
  #kept: Kept | undefined;
  #digest = '';

  /**
   * @param read what was read in it
   * @param room whether there is room for more than a digest
   */
  constructor(bytes: Buffer, read: ReadMessage, room = true) {
    if (room && bytes.length <= mostKept) {
      // A copy: the bytes may be part of all that Kong has just sent.
      this.#kept = { bytes: Buffer.from(bytes), read };
      this.cost = bytes.length + readBytes(read);
    } else {
      this.#digest = digestOf(bytes);
      this.cost = 0;
    }
  }

  /**
   * Compares a body with the admitted one; to be asked once.
   * @returns false for another body; for the same one what was read in it, or true where that was not
   *   kept
   */
  redeem(bytes: Buffer): ReadMessage | boolean {
    const kept = this.#kept;
    if (kept === undefined) return this.#digest !== '' && digestOf(bytes) === this.#digest;
    this.#kept = undefined;
    return kept.bytes.equals(bytes) && kept.read;
  }
}

function readBytes(read: ReadMessage): number {
  if (read.kind === 'single') return messageBytes + membersBytes(read.message);
  return read.messages.reduce((sum, one) => sum + messageBytes + membersBytes(one), 0);
}

function membersBytes(message: Envelope): number {
  if (message.kind === 'response' || message.params === undefined) return 0;
  return memberBytes * (message.params.members.length + message.params.meta.length);
}

function digestOf(bytes: Buffer): string {
  return hash('sha256', bytes, 'base64');
}
