import { ArgumentError } from './argument-error.js';

/** Characters that a query may hold as they are without ending a value, a pair or the query. */
const harmless = /%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/g;

/**
 * The text in UTF-8 with every byte escaped that is not unreserved (RFC 3986 §2.3): none of its
 * characters can end or divide what it stands in.
 * @throws ArgumentError for a lone surrogate, which no UTF-8 has
 */
export function percentEncoded(argument: string, text: string, keepsReserved = false): string {
  let encoded: string;
  try {
    encoded = encodeURIComponent(text);
  } catch {
    throw new ArgumentError(argument, 'holds half of a character (a lone surrogate)');
  }
  const strict = encoded.replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keepsReserved ? strict.replace(harmless, (escape) => decodeURIComponent(escape)) : strict;
}
