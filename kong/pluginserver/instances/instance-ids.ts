import { createHmac, randomBytes } from 'node:crypto';

const largestId = 0x7fffffff;
const rounds = 4;

/** A permutation of the 32-bit integers that only the key foretells (a Feistel network). */
function permute(key: Buffer, input: number): number {
  let left = input >>> 16;
  let right = input & 0xffff;
  for (let round = 0; round < rounds; round += 1) {
    const mix = createHmac('sha256', key).update(`${round}:${right}`).digest().readUInt16LE(0);
    [left, right] = [right, left ^ mix];
  }
  return ((left << 16) | right) >>> 0;
}

/**
 * Gives random positive int32 ids, never the same one twice. Kong's workers remember ids across a
 * crash of this process and an event names no plugin, so with foreseeable ids one plugin's events
 * would reach another's instance (design D2).
 */
export function createInstanceIds(key: Buffer = randomBytes(32)): () => number {
  let count = 0;
  return () => {
    for (;;) {
      const id = permute(key, count);
      count += 1;
      if (id > 0 && id <= largestId) return id;
    }
  };
}
