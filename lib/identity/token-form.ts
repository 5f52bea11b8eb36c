/**
 * Whether a token is written as a signed JWT (RFC 7515 section 3.1), well or badly: a part before the
 * first dot that reads as a JOSE header, or as broken JSON. Those who read signatures differ in what
 * they forgive (padding, bits left over, dots at the end), so what is no good JWT here may be one
 * elsewhere.
 */
export function isSignedForm(token: string): boolean {
  const dot = token.indexOf('.');
  if (dot < 0) return false;
  const text = Buffer.from(token.slice(0, dot), 'base64url').toString('utf8');
  if (!/^\uFEFF?\s*\{/.test(text)) return false;
  try {
    const header = JSON.parse(text) as object;
    // Encrypted ones are read by their issuer alone; other opaque tokens may begin with JSON too.
    return Object.hasOwn(header, 'alg') && !Object.hasOwn(header, 'enc');
  } catch {
    return true;
  }
}

/**
 * A token without what its holder can write anew: of a signed JWT what the signature is about, since
 * a signature has several spellings (with ECDSA `s` and `n - s` are both good); of others all but
 * padding.
 */
export function unchangeable(token: string): string {
  return isSignedForm(token) ? token.split('.', 2).join('.') : token.replace(/=+$/, '');
}
