import { mayHold } from '../../../../lib/json/may-hold.js';
import { namedMembers } from '../../../../lib/json/named-members.js';
import { skipSpace } from '../../../../lib/json/scan.js';
import { removals, splice } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import { replaceStructured } from '../calls/structured-content.js';
import type { ResultPlaces } from './result-places.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';

/** Members of results that only the era without sessions has (requirement H21, SEP-2549). */
export const modernOnly = ['resultType', 'ttlMs', 'cacheScope'] as const;

const names: readonly string[] = [...modernOnly, '_meta', 'content', 'structuredContent'];

const unknown: ReadonlySet<string> = new Set(modernOnly);

/** Key of `_meta` in which a server of that era names itself with each result. */
export const serverInfoKey = 'io.modelcontextprotocol/serverInfo';

/**
 * A result as servers with sessions answer it; every other byte stays.
 * @param places where they are known
 */
export function withoutModernMembers(raw: RawJson, places?: ResultPlaces): RawJson {
  if (!places && !mayHold(raw, ...modernOnly, 'serverInfo', 'structuredContent')) return raw;
  const gone: Member[] = [];
  const edits: Edit[] = [];
  const members = places ?? namedMembers(raw, wholeOf(raw), ...names);
  const structured = replaceStructured(raw, members);
  for (const member of members) {
    const meta = member.key === '_meta' ? withoutServerInfo(raw, member) : undefined;
    const goes = unknown.has(member.key) || structured.gone.includes(member);
    if (goes || meta?.length === 0) gone.push(member);
    else if (meta !== undefined) edits.push({ span: member.value, replacement: meta });
  }
  return splice(raw, [...removals(raw, gone), ...edits, ...structured.edits]);
}

/** What is left of a `_meta`: nothing where it held no more; undefined where it stays as it is. */
function withoutServerInfo(raw: RawJson, { kind, value }: Member): RawJson | undefined {
  if (kind !== 'object') return undefined;
  const meta = raw.subarray(value.start, value.end);
  const info = namedMembers(meta, wholeOf(meta), serverInfoKey);
  if (info.length === 0) return undefined;
  const rest = splice(meta, removals(meta, info));
  return skipSpace(rest, 1) === rest.length - 1 ? rest.subarray(0, 0) : rest;
}

function wholeOf(raw: RawJson): { start: number; end: number } {
  return { start: 0, end: raw.length };
}
