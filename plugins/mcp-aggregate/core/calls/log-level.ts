import { McpError } from '../../../../lib/errors/errors.js';
import { decodeString, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { Member, ParamsEnvelope, RawJson } from '../../../../lib/json/types.js';
import { logLevels, methods } from '../../../../lib/protocol/methods.js';

/**
 * The level that `logging/setLevel` asks for.
 * @throws McpError `invalid_params`
 */
export function readLogLevel(bytes: Buffer, params: ParamsEnvelope | undefined): string {
  const level = textOf(bytes, params && findMember(params.members, 'level'));
  if (level !== undefined && logLevels.includes(level)) return level;
  throw new McpError(
    'invalid_params',
    `logging/setLevel needs params.level: ${logLevels.join(', ')}`,
  );
}

/**
 * Whether a client that set `least` is to get this notification. Without a level the server
 * decides; a message without a known one counts as the most severe.
 */
export function admitsLog(
  least: string | undefined,
  note: { readonly method: string; readonly params: RawJson | undefined },
): boolean {
  if (least === undefined || note.method !== methods.logMessage) return true;
  const { params } = note;
  const [said] = params ? lastNamed(params, { start: 0, end: params.length }, 'level') : [];
  const level = params && textOf(params, said);
  const rank = logLevels.indexOf(level ?? '');
  return rank < 0 || rank >= logLevels.indexOf(least);
}

function textOf(bytes: Buffer, member: Member | undefined): string | undefined {
  return member?.kind === 'string' ? decodeString(bytes, member.value) : undefined;
}
