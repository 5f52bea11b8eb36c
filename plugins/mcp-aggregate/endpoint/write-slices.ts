import type { ServerResponse } from 'node:http';
import { ownTurn } from '../../../lib/own-turn.js';
import type { Frame } from './frames.js';

/** Larger messages are written slice by slice. */
export const sliceBytes = 131_072;

/**
 * Writes a large message slice by slice, each in a turn of the event loop of its own and when the
 * client has room for it. Ends early where the client is gone.
 * @param shape what is written of a slice
 */
export async function writeSlices(
  response: ServerResponse,
  frame: Frame,
  shape: (slice: Buffer) => Buffer = (slice) => slice,
): Promise<void> {
  for (const piece of frame) {
    for (let at = 0; at < piece.length; at += sliceBytes) {
      if (response.destroyed) return;
      const room = response.write(shape(piece.subarray(at, at + sliceBytes)));
      if (!room) await drained(response);
      if (piece.length > sliceBytes) await ownTurn();
    }
  }
}

/** Resolves when the client has room for more, or is gone. */
export function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
    if (response.destroyed) done();
  });
}
