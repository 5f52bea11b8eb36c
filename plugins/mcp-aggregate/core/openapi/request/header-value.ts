import { ArgumentError } from './argument-error.js';
import { flatten, refuseDelimiter } from './flatten.js';
import { percentEncoded } from './percent.js';
import type { ParameterPlan } from './request-plan.js';
import type { Value } from './values.js';

const control = /[\x00-\x1f\x7f]/;
/** Servers and proxies refuse more in one field. */
const longest = 4_096;

/**
 * The value of a header parameter (style simple), in UTF-8; undefined where there is none.
 * @throws ArgumentError for what would end the field, or would not arrive as it is
 */
export function headerValue(
  { argument, explode }: ParameterPlan,
  value: Value,
): string | undefined {
  const flat = flatten(argument, value);
  if (flat === undefined) return undefined;
  if (flat.form === 'text') return fieldText(argument, flat.text);
  const texts = flat.form === 'list' ? flat.items : flat.members.flat();
  refuseDelimiter(argument, texts, flat.form === 'map' && explode ? /[,=]/ : /,/);
  if (texts.length === 0) return undefined;
  for (const text of texts) fieldText(argument, text);
  if (flat.form === 'list') return fieldText(argument, flat.items.join(','));
  const between = explode ? '=' : ',';
  return fieldText(argument, flat.members.map((pair) => pair.join(between)).join(','));
}

function fieldText(argument: string, text: string): string {
  if (control.test(text))
    throw new ArgumentError(argument, 'must not hold control characters: it is a header');
  if (text !== text.trim())
    throw new ArgumentError(argument, 'must not begin or end with a space: it is a header');
  if (/\p{Cs}/u.test(text))
    throw new ArgumentError(argument, 'holds half of a character (a lone surrogate)');
  const bytes = Buffer.from(text);
  if (bytes.length > longest)
    throw new ArgumentError(argument, `is longer than ${longest} bytes: it is a header`);
  // HTTP clients write each character as one byte.
  return bytes.toString('latin1');
}

/**
 * The `name=value` texts of a cookie parameter.
 * @throws ArgumentError
 */
export function cookiePairs(
  plan: ParameterPlan,
  value: Value,
  taken: ReadonlySet<string>,
): string[] {
  const { argument, name, style, explode } = plan;
  const flat = flatten(argument, value);
  if (flat === undefined) return [];
  const encode = (text: string) =>
    style === 'cookie' ? cookieText(argument, text) : percentEncoded(argument, text);
  if (flat.form === 'text') return [`${name}=${encode(flat.text)}`];
  if (flat.form === 'list') {
    if (flat.items.length === 0) return [];
    if (explode) return flat.items.map((item) => `${name}=${encode(item)}`);
    if (style === 'cookie') refuseDelimiter(argument, flat.items, /,/);
    return [`${name}=${flat.items.map(encode).join(',')}`];
  }
  if (flat.members.length === 0) return [];
  if (!explode) return [`${name}=${flat.members.flat().map(encode).join(',')}`];
  for (const [key] of flat.members) {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(key) && (key === name || !taken.has(key))) continue;
    throw new ArgumentError(
      argument,
      'has a member whose name is no cookie’s, or another cookie’s',
    );
  }
  return flat.members.map(([key, text]) => `${key}=${encode(text)}`);
}

/** RFC 6265 §4.1.1: as it is, or not at all. */
function cookieText(argument: string, text: string): string {
  if (/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(text)) return text;
  throw new ArgumentError(argument, 'holds a character that no cookie may have');
}
