import { arrayItems, kindOf } from '../../../../lib/json/members.js';
import { namedMembers } from '../../../../lib/json/named-members.js';
import { encodeString, splice } from '../../../../lib/json/splice.js';
import type { Member, RawJson, Span } from '../../../../lib/json/types.js';
import { labelOf } from './label-ask.js';
import { rpcCodes } from '../../../../lib/protocol/rpc-codes.js';

/** Whether an error asks the client to visit URLs before it calls again (`URLElicitationRequired`). */
export function requiresUrls(error: RawJson): boolean {
  return namedMembers(error, wholeOf(error), 'code').some(
    ({ value }) => Number(textOf(error, value)) === rpcCodes.urlElicitationRequired,
  );
}

/** The error with each message for the user saying which server asks (design D13). */
export function labelUrls(server: string, error: RawJson): RawJson {
  const label = encodeString(labelOf(server)).slice(1, -1);
  const messages = named(error, [wholeOf(error)], 'data')
    .flatMap((data) => named(error, [data], 'elicitations'))
    .filter((list) => kindOf(error, list) === 'array')
    .flatMap((list) => named(error, arrayItems(error, list), 'message'))
    .filter((message) => kindOf(error, message) === 'string');
  const edits = messages.map(({ start }) => ({
    span: { start: start + 1, end: start + 1 },
    replacement: label,
  }));
  return splice(error, edits);
}

/** All members of this name: parsers differ in which of two they read. */
function named(bytes: RawJson, objects: readonly Span[], key: string): Span[] {
  const members = (span: Span): Member[] =>
    kindOf(bytes, span) === 'object' ? namedMembers(bytes, span, key) : [];
  return objects.flatMap((span) => members(span).map(({ value }) => value));
}

function wholeOf(raw: RawJson): Span {
  return { start: 0, end: raw.length };
}

function textOf(bytes: RawJson, { start, end }: Span): string {
  return bytes.subarray(start, end).toString();
}
