const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const zero = 0x30;
/** Digits of an exponent that is worked with; a longer one is of no number that anybody means. */
const longestExponent = 15;

/**
 * One spelling for all JSON numbers of the same value, to the last digit: `100`, `1e2` and `100.0` are
 * one. Two that differ stay different however close they are, since some readers keep all digits; so
 * do zero and minus zero.
 * @param raw a valid JSON number
 */
export function canonicalNumber(raw: string): string {
  if (raw.length === 1 && raw !== '0') return `${raw}e0`;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts.exec(raw) ?? [];
  const all = whole + fraction;
  let from = 0;
  while (all.charCodeAt(from) === zero) from += 1;
  let to = all.length;
  while (to > from && all.charCodeAt(to - 1) === zero) to -= 1;
  if (from === to) return `${sign}0`;
  const power = exponentOf(exponent);
  if (power === undefined) return `~${raw}`;
  return `${sign}${all.slice(from, to)}e${power - fraction.length + (all.length - to)}`;
}

function exponentOf(text: string): number | undefined {
  let from = /^[+-]/.test(text) ? 1 : 0;
  while (from < text.length - 1 && text.charCodeAt(from) === zero) from += 1;
  if (text.length - from > longestExponent) return undefined;
  const power = Number(text.slice(from));
  return text.startsWith('-') ? -power : power;
}
