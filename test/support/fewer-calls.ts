/** Texts behind their lengths, as Kong's function answers (kong/direct/fewer-calls.ts). */
export function answerOf(...texts: readonly (string | Uint8Array)[]): Buffer {
  const pieces = texts.map((text) => Buffer.from(text as string));
  return Buffer.concat(pieces.flatMap((piece) => [Buffer.from(`${piece.length}:`), piece]));
}

/** Deeds that were told, each as its letter and its texts; the word comes first, under `!`. */
export function deedsIn(told: string): readonly (readonly string[])[] {
  const bytes = Buffer.from(told);
  if (bytes[0] !== 1) throw new Error('these are no deeds');
  const deeds: string[][] = [];
  let at = 1;
  for (;;) {
    const deed = String.fromCharCode(bytes[at] ?? 0);
    if (deed === '.') return deeds;
    at += 1;
    const texts = deed === '!' || deed === 'c' ? 1 : 2;
    const found = [deed];
    for (let n = 0; n < texts; n += 1) {
      const colon = bytes.indexOf(':', at);
      const end = colon + 1 + Number(bytes.toString('latin1', at, colon));
      if (!(colon > at && end <= bytes.length)) throw new Error('deeds are cut off');
      found.push(bytes.toString('utf8', colon + 1, end));
      at = end;
    }
    deeds.push(found);
  }
}
