import { looksSecret } from '../../lib/mcp-servers/secret-names.js';
import { visible } from '../../lib/visible.js';
import { isMembers, textIn } from './members.js';

/** A secret shorter than this could not be told from words of the message. */
const shortestSecret = 6;
const mostLines = 20;

/**
 * What Kong says is wrong with a configuration, one line for each place; nothing of it is a secret
 * that the configuration holds.
 * @param answer body of the Admin API's answer
 * @param document what was sent
 */
export function refusalText(answer: unknown, document: unknown): string {
  const fields = isMembers(answer) ? (answer['fields'] ?? {}) : {};
  const lines = placesIn(fields);
  const message = (isMembers(answer) && textIn(answer, 'message')) || 'no reason given';
  const shown = lines.slice(0, mostLines);
  const rest = lines.length - shown.length;
  const text = lines.length === 0 ? message : [...shown, ...(rest > 0 ? [`… ${rest} more`] : [])];
  return visible(masked([text].flat().join('; '), document));
}

/** `services[1].routes[1].plugins[1].config.resource: required field missing`. */
function placesIn(fields: unknown, place = ''): string[] {
  if (typeof fields === 'string') return [place === '' ? fields : `${place}: ${fields}`];
  const entries: (readonly [string, unknown])[] = Array.isArray(fields)
    ? // Where some entries are in order Kong sends null for them.
      fields.map((inner, index) => [`[${index + 1}]`, inner] as const)
    : isMembers(fields)
      ? Object.entries(fields)
      : [];
  return entries.flatMap(([key, inner]) => {
    // What is said of a record as a whole belongs to the record.
    if (key === '@entity') return placesIn(inner, place);
    const part = /^\d+$/.test(key) ? `[${key}]` : key;
    const joined = place === '' || part.startsWith('[') ? `${place}${part}` : `${place}.${part}`;
    return placesIn(inner, joined);
  });
}

function masked(text: string, document: unknown): string {
  return secretsIn(document).reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
}

/** Values that a document probably wants kept to itself: of headers, and by their names. */
export function secretsIn(value: unknown, name = '', ofHeaders = false): string[] {
  if (typeof value === 'string') {
    if (value.length < shortestSecret || value.startsWith('{vault://')) return [];
    return ofHeaders || looksSecret(name, value) ? [value] : [];
  }
  if (Array.isArray(value)) return value.flatMap((one) => secretsIn(one, name, ofHeaders));
  if (!isMembers(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    secretsIn(inner, key, ofHeaders || /headers?$/i.test(key)),
  );
}
