import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import { remembering } from '../../../../lib/flow/remember.js';
import { claimAt } from './claim-path.js';
import type { ClaimPath } from './claim-path.js';

/** A claim handed to the upstream. */
export interface ClaimHeader {
  readonly claim: ClaimPath;
  readonly header: string;
}

const identityPrefixes = ['x-mcp-', 'x-consumer-', 'x-authenticated-'];
const identityNames = ['authorization', 'dpop', 'x-credential-identifier', 'x-anonymous-consumer'];
const fit = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const maxValueLength = 4096;
/** More headers that might pass for an identity are in no honest request. */
export const mostIdentityHeaders = 32;

/** One spelling for all that an upstream may take for the same header: CGI and WSGI fold them. */
export const foldName = remembering((name) => name.toLowerCase().replace(/[^a-z0-9]/g, '-'), 1024);

/**
 * Names of received headers, as spelled, that must not reach the upstream: the token and the proof
 * of its key, and whatever a client might pass off as an identity of ours or of Kong's.
 */
export function headersToClear(received: HeaderRecord, own: readonly string[]): string[] {
  return Object.keys(received).filter((name) => {
    const { folded, isIdentity } = meaningOf(name);
    return isIdentity || own.some((header) => foldName(header) === folded);
  });
}

/** What a header's name means wherever it comes. */
const meaningOf = remembering((name) => {
  const folded = foldName(name);
  const isIdentity =
    identityNames.includes(folded) || identityPrefixes.some((prefix) => folded.startsWith(prefix));
  return { folded, isIdentity };
}, 1024);

export interface ClaimHeaders {
  readonly headers: Readonly<Record<string, string>>;
  /** Claims that exist but cannot stand in a header. */
  readonly unfit: readonly string[];
}

/** Headers from verified claims; a claim the token lacks gives none. */
export function claimHeaders(
  claims: Readonly<Record<string, unknown>>,
  mappings: readonly ClaimHeader[],
): ClaimHeaders {
  const headers: Record<string, string> = {};
  const unfit: string[] = [];
  for (const { claim, header } of mappings) {
    const found = claimAt(claims, claim);
    if (found === undefined) continue;
    const value = headerValue(found);
    if (value === undefined) unfit.push(claim.join('.'));
    else headers[header] = value;
  }
  return { headers, unfit };
}

/**
 * A list is joined by commas; one whose element holds a comma is refused, since the upstream would
 * read an element that the issuer never wrote.
 */
function headerValue(value: unknown): string | undefined {
  if (!Array.isArray(value)) return scalar(value);
  const items = value.map(scalar);
  if (items.some((item) => item === undefined || item.includes(','))) return undefined;
  return scalar(items.join(','));
}

function scalar(value: unknown): string | undefined {
  if (typeof value === 'boolean' || Number.isFinite(value)) return String(value);
  if (typeof value !== 'string' || value.length > maxValueLength) return undefined;
  return fit.test(value) ? value : undefined;
}
