import { encodeString } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import { skipSpace } from '../../../../lib/json/scan.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';

/** Larger ones without a text beside them stay as they are. */
const mostText = 262_144;
const closeBracket = 0x5d;

/** What becomes of a `structuredContent` that clients with sessions refuse a whole result for. */
export interface Replaced {
  /** Members that are taken out. */
  readonly gone: readonly Member[];
  readonly edits: readonly Edit[];
}

/**
 * Without a `structuredContent` that is no object, which only the era without sessions allows. The
 * text that servers put beside it says the same (server/tools, structured content); where there is no
 * content at all, it becomes that text.
 * @param members of the result with these names, in order: `structuredContent`, `content`
 */
export function replaceStructured(raw: RawJson, members: readonly Member[]): Replaced {
  const gone = members.filter(({ key }) => key === 'structuredContent');
  const last = gone.at(-1);
  if (last === undefined || last.kind === 'object') return { gone: [], edits: [] };
  const content = members.filter(({ key }) => key === 'content').at(-1);
  const isEmpty =
    content?.kind === 'array' && raw[skipSpace(raw, content.value.start + 1)] === closeBracket;
  if (content !== undefined && !isEmpty) return { gone, edits: [] };
  if (last.value.end - last.value.start > mostText) return { gone: [], edits: [] };
  const text = encodeString(raw.toString('utf8', last.value.start, last.value.end));
  const made = `[{"type":"text","text":${text}}]`;
  if (content !== undefined) return { gone, edits: [{ span: content.value, replacement: made }] };
  const span = { start: last.keySpan.start, end: last.value.end };
  return { gone: gone.slice(0, -1), edits: [{ span, replacement: `"content":${made}` }] };
}
