import { decodeString, findMember } from '../../../../lib/json/members.js';
import { splice } from '../../../../lib/json/splice.js';
import type { ParamsEnvelope } from '../../../../lib/json/types.js';
import type { Asks } from '../questions/asks.js';
import type { CallScope } from '../requests/in-flight.js';

/**
 * Takes a client's progress on the question whose token it names to the server, whose own token it
 * carries from here on. Progress on anything else, or of another session, is dropped.
 */
export function takeProgress(
  asks: Asks,
  { endpoint, principal, session }: CallScope,
  bytes: Buffer,
  params: ParamsEnvelope | undefined,
): void {
  const member = params && findMember(params.members, 'progressToken');
  if (session === undefined || !params || member?.kind !== 'string') return;
  const id = decodeString(bytes, member.value);
  const progress = asks.progressOf({ endpoint, principal, session }, id);
  if (progress === undefined) return;
  const { start, end } = params.span;
  const span = { start: member.value.start - start, end: member.value.end - start };
  progress.tell(splice(bytes.subarray(start, end), [{ span, replacement: progress.token }]));
}
