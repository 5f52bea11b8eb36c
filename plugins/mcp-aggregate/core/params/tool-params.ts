import { findMember } from '../../../../lib/json/members.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';
import type { MirroredParams } from './mirrored-params.js';
import { readAnnotations } from './read-annotations.js';

/**
 * The mirrored arguments of a tool; as `readAnnotations`.
 * @param members of the tool at `raw`
 */
export function toolParams(
  raw: RawJson,
  members: readonly Member[],
  sent: boolean,
): MirroredParams | { readonly reason: string } | undefined {
  const schema = findMember(members, 'inputSchema');
  if (schema === undefined) return undefined;
  if (members.some((member) => member.key === schema.key && member !== schema)) {
    const reason = 'x-mcp-header: it has inputSchema twice';
    return raw.includes('"x-mcp-header"') ? { reason } : undefined;
  }
  return readAnnotations(raw.subarray(schema.value.start, schema.value.end), sent);
}
