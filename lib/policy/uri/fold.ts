/** More than text of any script has on one character; composing many takes quadratic time. */
const marks = /\p{M}{4}/u;
const foreign = /[^\x00-\x7f]/;

/** Whether so many marks stand on one character that nobody can say what it is. */
export function isOverloaded(text: string): boolean {
  return foreign.test(text) && marks.test(text);
}

/**
 * One form for texts that differ in case, in how characters are composed, or in characters that are
 * not seen: file systems take them for one name.
 */
export function fold(text: string): string {
  if (!foreign.test(text)) return text.toLowerCase();
  const seen = text.replace(/\p{Default_Ignorable_Code_Point}+/gu, '');
  const composed = marks.test(seen) ? seen : seen.normalize('NFC');
  return composed.toLowerCase().toUpperCase().toLowerCase();
}
