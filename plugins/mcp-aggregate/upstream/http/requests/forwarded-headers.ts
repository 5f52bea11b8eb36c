import type { HeaderRecord } from '../../../../../lib/http/single-header.js';
import { traceHeaders } from '../../../../../lib/tracing/trace-context.js';
import type { Call } from '../../../core/calls/call.js';

/** Longer values are not handed on, nor is more than this in all, names included. */
const maxValue = 4096;
const maxAll = 8192;

const unfit = /[\x00-\x1f\x7f]/;

/**
 * The client's headers that a server gets with a call; undefined where there are none. Repeated ones
 * are joined as lists are (RFC 9110 §5.3); values with control characters are left out.
 * @param names in lower case
 */
export function forwardedHeaders(
  names: readonly string[],
  headers: HeaderRecord,
): Readonly<Record<string, string>> | undefined {
  const found: Record<string, string> = {};
  let room = maxAll;
  for (const name of names) {
    const given = headers[name];
    const value = typeof given === 'string' ? given : given?.join(', ');
    if (value === undefined || value.length > maxValue || unfit.test(value)) continue;
    const size = name.length + value.length;
    if (size > room) continue;
    room -= size;
    found[name] = value;
  }
  return room < maxAll ? found : undefined;
}

/**
 * The client's headers that a server gets with a call, and those of its trace.
 * @param names in lower case
 */
export function forwardedOf(
  { headers, trace }: Pick<Call, 'headers' | 'trace'>,
  names: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const forwarded = headers && names.length > 0 ? forwardedHeaders(names, headers) : undefined;
  if (trace === undefined) return forwarded;
  return forwarded ? { ...forwarded, ...traceHeaders(trace) } : traceHeaders(trace);
}
