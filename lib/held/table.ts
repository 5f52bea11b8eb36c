import type { Held } from './limits.js';

/** The row of docs/operations.md that says what is held. */
export function heldRow({ what, bytes, ofOne, owner, ms, beyond }: Held): string {
  const share = ofOne === bytes ? `(a ${owner}) the same` : `${size(ofOne)} of one ${owner}`;
  return `| ${what} | ${size(bytes)} | ${share} | ${time(ms)} | ${beyond} |`;
}

function size(bytes: number): string {
  const [unit, name] = bytes < 1_048_576 ? [1_024, 'KiB'] : [1_048_576, 'MiB'];
  return `${bytes / unit} ${name}`;
}

function time(ms: number): string {
  if (ms === Infinity) return 'as long as it is open';
  return ms < 3_600_000 ? `${ms / 1_000} s` : `${ms / 3_600_000} h`;
}
