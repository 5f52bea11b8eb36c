import type { Counted } from './counts.js';
import type { Held } from './limits.js';

/** The row of docs/operations.md that says what is held. */
export function heldRow({ what, bytes, ofOne, owner, ms, beyond }: Held): string {
  const share = ofOne === bytes ? `(a ${owner}) the same` : `${size(ofOne)} of one ${owner}`;
  return `| ${what} | ${size(bytes)} | ${share} | ${time(ms)} | ${beyond} |`;
}

/** The same for what is counted. */
export function countedRow({ what, most, ofOne, owner, entry, ms, beyond }: Counted): string {
  const share = ofOne === most ? `(a ${owner}) the same` : `${number(ofOne)} of one ${owner}`;
  return `| ${what} | ${number(most)} | ${share} | ${size(entry)} | ${time(ms)} | ${beyond} |`;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}

function size(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  return bytes < 1_048_576 ? `${bytes / 1_024} KiB` : `${bytes / 1_048_576} MiB`;
}

function time(ms: number): string {
  if (ms === Infinity) return '—';
  return ms < 3_600_000 ? `${ms / 1_000} s` : `${ms / 3_600_000} h`;
}
