/**
 * `text` as an RFC 9110 §5.6.4 quoted-string. Anything but printable ASCII becomes `?`, so that no
 * value can end the header or smuggle a second one.
 */
export function quotedString(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]/gu, '?').replace(/["\\]/g, '\\$&');
  return `"${safe}"`;
}
