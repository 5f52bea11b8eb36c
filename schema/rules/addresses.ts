import { anyCase } from './texts.js';
import type { TextRule } from './texts.js';

const localhost = anyCase('localhost');
const hosts = [localhost, `[%w.-]+%.${localhost}`, '127%.[%d.]+', '%[::1%]'];

/** https, or http on a loopback host: as `lib/http/secure-url.ts`, as far as patterns go. */
export const secureAddress = {
  patterns: ['^https://', ...hosts.flatMap((host) => [`^http://${host}$`, `^http://${host}[:/?]`])],
  err: 'must use https; http is for localhost, 127.0.0.0/8 and [::1] only',
};

/** @param advice what to do instead */
export function noCredentials(advice = ''): TextRule {
  return { pattern: '^%w+://[^/?#]*@', err: `must not hold credentials${advice}` };
}

/** The address of something that keys or tokens come from. */
export const secure = { match_any: secureAddress, match_none: [noCredentials()] } as const;

const noDefaultPort = 'must leave out the default port';

/** What only the canonical form of a resource has not: as `canonicalResource` of mcp-oauth. */
export const canonicalRules: readonly TextRule[] = [
  noCredentials(),
  { pattern: '^%w+://[^/]*%u', err: 'the host must be in lower case' },
  ...['^https://[^/]*:443', '^http://[^/]*:80'].flatMap((start) =>
    ['$', '/'].map((end) => ({ pattern: `${start}${end}`, err: noDefaultPort })),
  ),
  { pattern: '/$', err: 'must not end with a slash' },
  { pattern: '%%', err: 'must not have escapes in its path' },
  { pattern: '^%w+://.*//', err: 'must not have empty segments in its path' },
  { pattern: '/%.%.?/', err: 'must not have dot segments in its path' },
  { pattern: '/%.%.?$', err: 'must not have dot segments in its path' },
];

/** The origin of Kong's proxy. */
export const originRules: readonly TextRule[] = [
  { pattern: '^https://.*:443$', err: noDefaultPort },
  { pattern: '^http://.*:80$', err: noDefaultPort },
];
