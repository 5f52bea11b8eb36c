import type { RE2JS } from 're2js';
import { claimAt } from '../../../../lib/identity/claim-path.js';
import type { ClaimPath } from '../../../../lib/identity/claim-path.js';
import { arrayItems, decodeString, kindOf } from '../../../../lib/json/members.js';
import type { Member, Span } from '../../../../lib/json/types.js';
import { claimTexts } from '../../../../lib/policy/claim.js';
import type { Claims } from '../../../../lib/policy/claim.js';

/** What is asked of an argument; exactly one member is given. */
export interface ArgumentCondition {
  readonly oneOf?: ReadonlySet<string> | undefined;
  /** Matched in time linear in the text, and by the whole of it. */
  readonly matches?: RE2JS | undefined;
  /** A claim of the caller's: its value, or one of its elements. */
  readonly claim?: ClaimPath | undefined;
}

/** How an argument stands to a condition. */
export type Standing =
  /** What it is compared with is met by every value there. */
  | 'all'
  | 'some'
  | 'none'
  /** It is of a kind, or of a size, that is not compared. */
  | 'incomparable';

/** Elements of a list that are compared; a longer one is none of an honest call. */
const mostElements = 256;
/** Of the whole argument. */
const mostComparedBytes = 65_536;
/** The same; an expression may read a text some thousand times slower than a comparison does. */
const mostMatchedBytes = 8_192;

/** What the expressions of all rules together may read of one call. */
export class MatchRoom {
  #left = 4 * mostMatchedBytes;

  /** Whether so many bytes may still be read. */
  take(bytes: number): boolean {
    if (bytes > mostMatchedBytes || bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}

/**
 * Compares an argument, or each element of one that is a list. Numbers are compared in their shortest
 * form, so that `1.0` is `1`, and like booleans as text, since servers take `"1"` for 1. Case counts.
 * @param bytes that `member` was read from
 * @param room one for all rules of a call
 */
export function compareArgument(
  condition: ArgumentCondition,
  bytes: Buffer,
  { kind, value }: Member,
  claims: Claims,
  room: MatchRoom,
): Standing {
  const size = value.end - value.start;
  const fits = condition.matches === undefined ? size <= mostComparedBytes : room.take(size);
  if (!fits) return 'incomparable';
  const spans = kind === 'array' ? arrayItems(bytes, value, mostElements + 1) : [value];
  if (spans.length > mostElements) return 'incomparable';
  const holds = testOf(condition, claims);
  let met = 0;
  for (const span of spans) {
    const text = textOf(bytes, span);
    if (text === undefined) return 'incomparable';
    if (holds(text)) met++;
  }
  if (met === 0) return 'none';
  return met === spans.length ? 'all' : 'some';
}

function testOf({ oneOf, matches, claim }: ArgumentCondition, claims: Claims) {
  if (oneOf !== undefined) return (text: string) => oneOf.has(text);
  if (matches !== undefined) return (text: string) => matches.matches(text);
  const allowed = new Set(claimTexts(claim && claimAt(claims, claim)));
  return (text: string) => allowed.has(text);
}

/** Undefined for what is not compared: objects, lists in lists, null, numbers that are not exact. */
function textOf(bytes: Buffer, span: Span): string | undefined {
  switch (kindOf(bytes, span)) {
    case 'string':
      return decodeString(bytes, span);
    case 'boolean':
      return bytes.toString('latin1', span.start, span.end);
    case 'number': {
      const number = Number(bytes.toString('latin1', span.start, span.end));
      if (!Number.isFinite(number)) return undefined;
      return Number.isInteger(number) && !Number.isSafeInteger(number) ? undefined : String(number);
    }
    default:
      return undefined;
  }
}
