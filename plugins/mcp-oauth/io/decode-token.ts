import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { JWTPayload, ProtectedHeaderParameters } from 'jose';
import { namesOnce } from '../../../lib/json/names-once.js';
import { validateJson } from '../../../lib/json/scan.js';

export interface DecodedToken {
  readonly header: ProtectedHeaderParameters;
  readonly payload: JWTPayload;
}

const compact = /^([\w-]+)\.([\w-]+)\.[\w-]*$/;
const maxDepth = 32;
/** Of header or claims, nested ones included: anybody may send a token, and reading costs. */
const mostMembers = 2_000;

/**
 * Header and claims of a signed JWT, unverified; undefined where the token is none. Both must be
 * JSON that every reader reads alike: valid UTF-8, no name twice (RFC 7519 §4), no deep nesting, no
 * more members than an honest token has.
 * @param most members of header and of claims
 */
export function decodeToken(token: string, most = mostMembers): DecodedToken | undefined {
  const [, header, payload] = compact.exec(token) ?? [];
  if (header === undefined || payload === undefined) return undefined;
  if (!token.split('.').every(isCanonical)) return undefined;
  if (!unambiguous(header, most) || !unambiguous(payload, most)) return undefined;
  try {
    return { header: decodeProtectedHeader(token), payload: decodeJwt(token) };
  } catch {
    return undefined;
  }
}

/** base64url with no bits left over: one spelling for each value (RFC 4648 §3.5). */
function isCanonical(segment: string): boolean {
  return Buffer.from(segment, 'base64url').toString('base64url') === segment;
}

function unambiguous(segment: string, most: number): boolean {
  const bytes = Buffer.from(segment, 'base64url');
  try {
    validateJson(bytes, { maxDepth });
    return namesOnce(bytes, most);
  } catch {
    return false;
  }
}
