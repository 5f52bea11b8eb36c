import { ownTurn } from '../flow/own-turn.js';

/** Copied in one turn of the event loop: some 50 µs. */
const pieceBytes = 262_144;

/**
 * The bytes of `chunks` in memory that other threads see too. Copied in turns of the event loop, so
 * that not even many megabytes hold up others.
 */
export async function sharedBytes(chunks: readonly Buffer[]): Promise<Buffer> {
  const only = chunks.length === 1 ? chunks[0] : undefined;
  if (only?.buffer instanceof SharedArrayBuffer) return only;
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const whole = Buffer.from(new SharedArrayBuffer(length));
  let at = 0;
  let copied = 0;
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += pieceBytes) {
      const piece = chunk.subarray(from, from + pieceBytes);
      whole.set(piece, at);
      at += piece.length;
      copied += piece.length;
      if (copied < pieceBytes) continue;
      copied = 0;
      await ownTurn();
    }
  }
  return whole;
}
