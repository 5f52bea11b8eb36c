import type { Duplex } from 'node:stream';
import type { FirstUse, ProofUse } from './used-proofs.js';

/** Between workers: questions of one size, each answered by a byte. */
const proofBytes = 16;
/** `userKey`. */
const ownerBytes = 32;
const questionBytes = 8 + proofBytes + ownerBytes;
const answers: readonly FirstUse[] = ['first', 'used', 'too_many', 'unavailable'];

/** @throws RangeError for an owner or a proof of another size */
export function questionOf({ owner, proof, endsAt }: ProofUse): Buffer {
  const frame = Buffer.alloc(questionBytes);
  frame.writeDoubleBE(endsAt);
  const written = frame.write(proof, 8, 'latin1') + frame.write(owner, 8 + proofBytes, 'latin1');
  if (written !== proof.length + owner.length || written !== proofBytes + ownerBytes) {
    throw new RangeError('a question of another size');
  }
  return frame;
}

export function answerOf(answer: FirstUse): Buffer {
  return Buffer.of(answers.indexOf(answer));
}

/** Calls `take` for each question, in their order, one after the other. */
export function readQuestions(stream: Duplex, take: (use: ProofUse) => Promise<void>): void {
  let last = Promise.resolve();
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (; bytes.length >= questionBytes; bytes = bytes.subarray(questionBytes)) {
      const use = useIn(bytes);
      last = last.then(() => take(use));
    }
    rest = Buffer.from(bytes);
  });
  // It comes paused where something was read of it before.
  stream.resume();
}

/** Calls `take` for each answer; a byte that is none ends the stream. */
export function readAnswers(stream: Duplex, take: (answer: FirstUse) => void): void {
  stream.on('data', (chunk: Buffer) => {
    for (const byte of chunk) {
      const answer = answers[byte];
      if (answer === undefined) stream.destroy();
      else take(answer);
    }
  });
  stream.resume();
}

function useIn(bytes: Buffer): ProofUse {
  return {
    endsAt: bytes.readDoubleBE(),
    proof: bytes.toString('latin1', 8, 8 + proofBytes),
    owner: bytes.toString('latin1', 8 + proofBytes, questionBytes),
  };
}
