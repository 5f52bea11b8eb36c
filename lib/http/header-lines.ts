import type { HeaderRecord } from './single-header.js';

/**
 * Kong's own maximum for `get_headers`: at it, further lines may exist that nginx forwards to the
 * upstream unseen.
 */
export const maxHeaderLines = 1000;

/** Whether so many lines were read that more may exist. */
export function mayHaveMoreLines(headers: HeaderRecord): boolean {
  let lines = 0;
  for (const name in headers) {
    const value = headers[name];
    lines += Array.isArray(value) ? value.length : 1;
  }
  return lines >= maxHeaderLines;
}
