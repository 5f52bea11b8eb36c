import { headerLines, trimSpace } from './single-header.js';
import type { HeaderRecord } from './single-header.js';

/** Serialised origin (RFC 6454 section 6.2): scheme, host, optional port, nothing after it. */
const serialised = /^([a-z][a-z0-9+.-]*):\/\/([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

/**
 * Whether a request is served to where it comes from (requirement H2): it names no `Origin`, or one
 * that is allowed. Several are refused, in whatever spelling of the name, since readers pick
 * differently. Scheme and host compare without case, the port exactly.
 * @param allowed origins, `null` for the opaque one, or `*` for all
 */
export function originFits(headers: HeaderRecord, allowed: readonly string[]): boolean {
  const [first, ...others] = headerLines(headers, 'origin');
  if (first === undefined) return true;
  return others.length === 0 && originAllowed(trimSpace(first), allowed);
}

function originAllowed(origin: string, allowed: readonly string[]): boolean {
  const wanted = origin.toLowerCase();
  if (origin !== 'null' && !serialised.test(origin)) return false;
  return allowed.some((entry) => entry === '*' || entry.toLowerCase() === wanted);
}
