import type { ServerResponse } from 'node:http';
import { ownTurn } from '../../../../lib/flow/own-turn.js';
import type { Frame } from './frames.js';
import { Pace } from '../listening/pace.js';

/** Larger messages are written slice by slice. */
export const sliceBytes = 131_072;

/**
 * Writes a large message slice by slice, each in a turn of the event loop of its own and when the
 * client has room for it. Ends early where the client is gone; one that is too slow is cut off.
 * @param shape what is written of a slice
 */
export async function writeSlices(
  response: ServerResponse,
  frame: Frame,
  shape: (slice: Buffer) => Buffer = (slice) => slice,
): Promise<void> {
  const pace = new Pace(response);
  for (const piece of frame) {
    for (let at = 0; at < piece.length; at += sliceBytes) {
      if (response.destroyed) return;
      const slice = piece.subarray(at, at + sliceBytes);
      const room = response.write(shape(slice));
      pace.wrote(slice.length);
      if (!room) await pace.drained();
      if (piece.length > sliceBytes) await ownTurn();
    }
  }
}
