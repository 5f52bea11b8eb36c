import { isUtf8 } from 'node:buffer';

const prefix = '=?base64?';
const suffix = '?=';
const canonicalBase64 =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/**
 * The text that an `Mcp-*` header mirrors, its base64 form decoded (requirement H12); undefined
 * where the value is not plain ASCII, or its base64 not canonical or not UTF-8.
 */
export function decodeMirrored(value: string): string | undefined {
  if (!/^[\t\x20-\x7e]*$/.test(value)) return undefined;
  if (!value.startsWith(prefix) || !value.endsWith(suffix)) return value;
  const encoded = value.slice(prefix.length, -suffix.length);
  if (value.length < prefix.length + suffix.length || !canonicalBase64.test(encoded)) {
    return undefined;
  }
  const bytes = Buffer.from(encoded, 'base64');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/**
 * `text` as the value of an `Mcp-*` header, in its one canonical form: as it is where a header
 * carries it unchanged, else in base64.
 */
export function encodeMirrored(text: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith(prefix);
  return plain ? text : `${prefix}${Buffer.from(text).toString('base64')}${suffix}`;
}
