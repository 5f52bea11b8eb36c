import { resolveDots } from '../../../../lib/policy/uri/segments.js';

const uri =
  /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(\d{0,5}))?(\/[!$-;=@-Z[\]_a-z|~]*)?(?:[?#]|$)/i;
const usualPort: Readonly<Record<string, string>> = { http: '80', https: '443' };
const unreserved = /[A-Za-z0-9._~-]/;
const brokenEscape = /%(?![0-9a-f]{2})/i;

/**
 * An http address without query and fragment in the one form in which `htu` is compared (RFC 9449
 * section 4.3), normalised by syntax and by scheme (RFC 3986 sections 6.2.2 and 6.2.3); undefined for
 * what is none, has credentials, or leads above its root.
 */
export function targetUri(text: string): string | undefined {
  const [, scheme = '', host = '', port = '', path = '/'] = uri.exec(text) ?? [];
  if (scheme === '' || brokenEscape.test(path)) return undefined;
  const resolved = resolveDots(path.replace(/%../g, plain));
  if (resolved.escapes) return undefined;
  const lower = scheme.toLowerCase();
  const shown = port === '' || port === usualPort[lower] ? '' : `:${port}`;
  return `${lower}://${host.toLowerCase()}${shown}${resolved.path}`;
}

/** An escape of a character that needs none is that character; others have upper-case digits. */
function plain(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return unreserved.test(character) ? character : escape.toUpperCase();
}
