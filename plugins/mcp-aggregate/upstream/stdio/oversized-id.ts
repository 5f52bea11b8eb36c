import type { OversizedLine } from './lines.js';

const atHead = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,16})\s*,/;
const atTail = /,\s*"id"\s*:\s*(\d{1,16})\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/;

/**
 * The id of a response that was too long to keep, where it stands first or last in the message, as
 * servers write it. In these places it cannot be part of a payload: at the head nothing was opened
 * but the message, and at the tail the message itself is what closes.
 */
export function oversizedId(line: OversizedLine): number | undefined {
  const found = atHead.exec(line.head.toString('latin1')) ?? atTail.exec(tailText(line));
  return found ? Number(found[1]) : undefined;
}

function tailText(line: OversizedLine): string {
  return line.tail.toString('latin1');
}
