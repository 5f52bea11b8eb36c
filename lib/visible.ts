/** What is not seen, or moves what is: controls, formats (bidi, zero width), separators, halves. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]/gu;
const kept = /^[\n\t]$/;

/**
 * Text of anyone as it is put into logs, reasons and pages for operators: what a terminal would obey,
 * or a reader not see, stands there by its number, as `\u{202e}`. Line feeds and tabs stay, for JSON
 * to escape.
 */
export function visible(text: string): string {
  return text.replace(unseen, (character) => {
    if (kept.test(character)) return character;
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

/** JSON of a value, each text in it visible. */
export function visibleJson(value: unknown, indent?: number): string {
  const replacer = (_key: string, each: unknown) =>
    typeof each === 'string' ? visible(each) : each;
  return JSON.stringify(value, replacer, indent);
}
