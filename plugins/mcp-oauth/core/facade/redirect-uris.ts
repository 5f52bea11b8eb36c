import { ConfigError } from '../../../../lib/errors/errors.js';

/** Whether a code may be sent to an address. */
export type RedirectRule = (uri: unknown) => boolean;

/** In `redirect_uris`: any address on the user's own machine (RFC 8252 §7.3). */
export const anyLoopback = 'loopback';

const longest = 2048;
// What a browser would read otherwise than we do has no place in an address (RFC 3986 §2).
const plain = /^[!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]+$/;
// Letter by letter, so that no parser has to agree with another on what the host is.
const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?(?:[/?][^\\@]*)?$/;
const active = /^(?:javascript|data|vbscript|blob|file|about):/i;

/**
 * A rule of entries: `loopback`, or a URI that counts letter by letter.
 * @throws ConfigError naming `field`
 */
export function redirectRule(field: string, entries: readonly string[]): RedirectRule {
  for (const entry of entries) if (entry !== anyLoopback) checkEntry(field, entry);
  const exact = new Set(entries.filter((entry) => entry !== anyLoopback));
  const local = entries.includes(anyLoopback);
  return (uri) => {
    if (typeof uri !== 'string' || uri.length > longest || !plain.test(uri)) return false;
    if (exact.has(uri)) return true;
    return local && loopback.test(uri) && !uri.includes('#') && URL.canParse(uri);
  };
}

function checkEntry(field: string, entry: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):./i.exec(entry)?.[1]?.toLowerCase();
  if (scheme === undefined || !plain.test(entry) || entry.length > longest) {
    throw new ConfigError(field, 'must be whole addresses, or `loopback`');
  }
  if (entry.includes('#')) throw new ConfigError(field, 'must have no fragment');
  if (entry.includes('*')) throw new ConfigError(field, 'knows no wildcards: write each address');
  if (active.test(entry)) throw new ConfigError(field, 'must lead to an application');
  if (scheme === 'http' && !loopback.test(entry)) {
    throw new ConfigError(field, 'must use https; http is for loopback hosts only');
  }
  if (scheme === 'https' && !/^https:\/\/[^/?@]+(?:[/?]|$)/.test(entry)) {
    throw new ConfigError(field, 'must be whole addresses without credentials');
  }
}
