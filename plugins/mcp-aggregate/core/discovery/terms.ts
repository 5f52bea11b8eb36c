/** Characters of a term that count; what is longer is no word. */
const longest = 32;
const word = /[\p{L}\p{N}]+/gu;
/** Where camelCase begins a new word. */
const hump = /(\p{Ll}|\p{N})(?=\p{Lu})/gu;
/** Scripts that are written without spaces. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const empty: ReadonlySet<string> = new Set(
  'a an and are as at be by for from in is it its of on or that the this to with'.split(' '),
);

/**
 * The words of a text as they are compared, in order and at most `most` of them: small letters, names
 * taken apart, plural as singular, words that say nothing left out. Linear in the text's length.
 */
export function termsOf(text: string, most: number): string[] {
  const terms: string[] = [];
  for (const [found] of text.replace(hump, '$1 ').matchAll(word)) {
    for (const part of partsOf(found)) {
      const term = singular(part.toLowerCase().slice(0, longest));
      if (empty.has(term)) continue;
      terms.push(term);
      if (terms.length >= most) return terms;
    }
  }
  return terms;
}

/** A run of characters without spaces is looked for by any two of its neighbours. */
function partsOf(found: string): readonly string[] {
  if (!unspaced.test(found)) return [found];
  const chars = [...found.slice(0, 512)];
  if (chars.length < 3) return [found];
  return chars.slice(1).map((char, n) => `${chars[n]!}${char}`);
}

function singular(term: string): string {
  if (term.length < 4 || !term.endsWith('s') || term.endsWith('ss')) return term;
  if (term.endsWith('ies')) return `${term.slice(0, -3)}y`;
  return term.slice(0, -1);
}
