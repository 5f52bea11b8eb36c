import { decodeString } from '../../../../lib/json/members.js';
import { namedMembers } from '../../../../lib/json/named-members.js';
import { encodeString, removals } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { Member, RawJson, Span } from '../../../../lib/json/types.js';
import { objects } from '../uris/uri-edits.js';

const taskMember = 'taskSupport';

/** Whether a tool can only be called as a task. */
export function needsTask(raw: RawJson, members: readonly Member[]): boolean {
  return objects(members, 'execution').some((execution) =>
    supportsTasks(raw, namedMembers(raw, execution, taskMember)).includes('required'),
  );
}

/**
 * What changes in a tool's definition beside its name: no offer of tasks, our description.
 * @param taskOnly shown to clients that take tasks alone
 */
export function toolEdits(
  raw: RawJson,
  span: Span,
  members: readonly Member[],
  description: string | undefined,
  taskOnly = false,
): Edit[] {
  const edits: Edit[] = [];
  for (const execution of taskOnly ? [] : objects(members, 'execution')) {
    const inner = namedMembers(raw, execution, taskMember);
    const offers = supportsTasks(raw, inner).some((support) => support !== 'forbidden');
    if (offers) edits.push(...removals(raw, inner));
  }
  if (description === undefined) return edits;
  const text = encodeString(description);
  const own = members.filter(({ key }) => key === 'description');
  for (const { value } of own) edits.push({ span: value, replacement: text });
  if (own.length === 0) {
    const end = { start: span.end - 1, end: span.end - 1 };
    edits.push({ span: end, replacement: `,"description":${text}` });
  }
  return edits;
}

/** Values of `taskSupport`; what is no string counts as a text that is no value. */
function supportsTasks(raw: RawJson, execution: readonly Member[]): string[] {
  return execution.map(({ kind, value }) => (kind === 'string' ? decodeString(raw, value) : ''));
}
