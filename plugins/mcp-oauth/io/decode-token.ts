import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { JWTPayload, ProtectedHeaderParameters } from 'jose';
import { arrayItems, kindOf, objectMembers } from '../../../lib/json/members.js';
import { validateJson } from '../../../lib/json/scan.js';
import type { Span } from '../../../lib/json/types.js';

export interface DecodedToken {
  readonly header: ProtectedHeaderParameters;
  readonly payload: JWTPayload;
}

const compact = /^([\w-]+)\.([\w-]+)\.[\w-]*$/;
const maxDepth = 32;

/**
 * Header and claims of a signed JWT, unverified; undefined where the token is none. Both must be
 * JSON that every reader reads alike: valid UTF-8, no name twice (RFC 7519 §4), no deep nesting.
 */
export function decodeToken(token: string): DecodedToken | undefined {
  const [, header, payload] = compact.exec(token) ?? [];
  if (header === undefined || payload === undefined) return undefined;
  if (!token.split('.').every(isCanonical)) return undefined;
  if (!unambiguous(header) || !unambiguous(payload)) return undefined;
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

function unambiguous(segment: string): boolean {
  const bytes = Buffer.from(segment, 'base64url');
  try {
    return namesOnce(bytes, validateJson(bytes, { maxDepth }));
  } catch {
    return false;
  }
}

function namesOnce(bytes: Buffer, span: Span): boolean {
  const kind = kindOf(bytes, span);
  if (kind === 'array') return arrayItems(bytes, span).every((item) => namesOnce(bytes, item));
  if (kind !== 'object') return true;
  const members = objectMembers(bytes, span);
  const names = new Set(members.map(({ key }) => key));
  return names.size === members.length && members.every(({ value }) => namesOnce(bytes, value));
}
