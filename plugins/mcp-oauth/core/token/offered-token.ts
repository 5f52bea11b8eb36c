import type { Scheme } from '../../../../lib/http/challenge.js';
import { headerLines, trimSpace } from '../../../../lib/http/single-header.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import { hasParameter } from './query-parameter.js';

/** Longest token accepted, in bytes. */
export const maxTokenBytes = 16_384;

/** What a request offers as its token. */
export type Offered =
  | { readonly kind: 'token'; readonly scheme: Scheme; readonly token: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly why: string };

const schemes = { Bearer: /^bearer(?= |$)/i, DPoP: /^dpop(?= |$)/i } as const;
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * The token of a request (RFC 6750 §2.1, A19): from one Authorization header and nowhere else.
 * Another scheme counts as no token; more than one place to look is malformed.
 * @param known the schemes that are looked at
 */
export function offeredToken(
  headers: HeaderRecord,
  rawQuery: string,
  known: readonly Scheme[] = ['Bearer'],
): Offered {
  const values = headerLines(headers, 'authorization');
  if (hasQueryToken(rawQuery)) {
    return malformed('send the token in the Authorization header, never in the query');
  }
  if (values.length > 1) return malformed('more than one Authorization header');
  const value = trimSpace(values[0] ?? '');
  const scheme = known.find((name) => schemes[name].test(value));
  if (scheme === undefined) return { kind: 'none' };
  const token = value.slice(scheme.length).replace(/^ +/, '');
  if (token.length > maxTokenBytes) return malformed('the token is too long');
  if (!b64token.test(token)) return malformed(`the Authorization header holds no ${what[scheme]}`);
  return { kind: 'token', scheme, token };
}

const what = { Bearer: 'bearer token', DPoP: 'token' } as const;

function malformed(why: string): Offered {
  return { kind: 'malformed', why };
}

function hasQueryToken(rawQuery: string): boolean {
  return rawQuery !== '' && hasParameter(rawQuery, 'access_token');
}
