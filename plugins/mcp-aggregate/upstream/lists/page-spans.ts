import { arrayItems, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { RawJson, Span } from '../../../../lib/json/types.js';

/** Where the parts of a page stand in it. */
export interface PageSpans {
  /** Absent where the page does not have the array. */
  readonly items: readonly Span[] | undefined;
  /** The cursor as it stands; absent on the last page. */
  readonly cursor: Span | undefined;
  /** Whether there is a cursor that is no string. */
  readonly badCursor: boolean;
  /** Whether the array is null, as Go writes one that holds nothing. */
  readonly isNull: boolean;
}

/**
 * Reads a page of a list, a valid JSON object.
 * @param maxItems of one more it answers, and no further ones
 */
export function pageSpans(result: RawJson, member: string, maxItems: number): PageSpans {
  const members = lastNamed(result, { start: 0, end: result.length }, member, 'nextCursor');
  const list = findMember(members, member);
  const next = findMember(members, 'nextCursor');
  const isLast = next === undefined || next.kind === 'null';
  return {
    items: list?.kind === 'array' ? arrayItems(result, list.value, maxItems + 1) : undefined,
    cursor: isLast ? undefined : next.value,
    badCursor: !isLast && next.kind !== 'string',
    isNull: list?.kind === 'null',
  };
}
