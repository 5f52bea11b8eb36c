const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const zero = 0x30;
const nine = 0x39;
/** Digits of an exponent that is worked with; a longer one is of no number that anybody means. */
const longestExponent = 15;
/** Of a whole number that is read digit by digit. */
const longestPlain = 16;

/**
 * One spelling for all JSON numbers of the same value, to the last digit: `100`, `1e2` and `100.0` are
 * one. Two that differ stay different however close they are, since some readers keep all digits; so
 * do zero and minus zero.
 * @param raw a valid JSON number
 */
export function canonicalNumber(raw: string): string {
  // Most are whole numbers: counting their zeros costs a third of the expression below.
  const first = raw.charCodeAt(0);
  if (first > zero && raw.length <= longestPlain) {
    let end = raw.length;
    while (raw.charCodeAt(end - 1) === zero) end -= 1;
    if (isDigits(raw)) return `${end === raw.length ? raw : raw.slice(0, end)}e${raw.length - end}`;
  }
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

function isDigits(raw: string): boolean {
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at);
    if (code < zero || code > nine) return false;
  }
  return true;
}

function exponentOf(text: string): number | undefined {
  let from = /^[+-]/.test(text) ? 1 : 0;
  while (from < text.length - 1 && text.charCodeAt(from) === zero) from += 1;
  if (text.length - from > longestExponent) return undefined;
  const power = Number(text.slice(from));
  return text.startsWith('-') ? -power : power;
}
