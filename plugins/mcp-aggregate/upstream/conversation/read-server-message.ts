import { isTooDeep, readMessage } from '../../../../lib/json/envelope.js';
import type { ReadMessage } from '../../../../lib/json/envelope.js';

/** A message that is nested deeper than it may be is read up to here, so that it is known what it is. */
const deepest = 65_536;

export interface ServerMessage {
  readonly read: ReadMessage;
  /** Whether it is nested too deeply to be passed on. */
  readonly tooDeep: boolean;
}

/**
 * Reads what a server says.
 * @throws Error where it is no JSON-RPC message
 */
export function readServerMessage(bytes: Buffer): ServerMessage {
  try {
    return { read: readMessage(bytes), tooDeep: false };
  } catch (error) {
    if (!isTooDeep(error)) throw error;
    return { read: readMessage(bytes, { maxFreeDepth: deepest }), tooDeep: true };
  }
}
