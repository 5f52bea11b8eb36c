import { arrayItems, decodeString, objectMembers } from '../../../../../lib/json/members.js';
import type { RawJson, Span } from '../../../../../lib/json/types.js';

/** A JSON value whose numbers stay the digits they were written with. */
export type Value =
  | { readonly kind: 'null' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'map'; readonly members: readonly (readonly [string, Value])[] };

const absent: Value = { kind: 'null' };
const mostItems = 10_000;

/** Reads the value at `span` of valid JSON. */
export function readValue(bytes: RawJson, span: Span): Value {
  switch (bytes[span.start]) {
    case 0x22:
      return { kind: 'text', text: decodeString(bytes, span) };
    case 0x5b: {
      const items = arrayItems(bytes, span, mostItems);
      return { kind: 'list', items: items.map((item) => readValue(bytes, item)) };
    }
    case 0x7b: {
      const members = objectMembers(bytes, span);
      return {
        kind: 'map',
        members: members.map(({ key, value }) => [key, readValue(bytes, value)] as const),
      };
    }
    case 0x6e:
      return absent;
    default:
      return { kind: 'text', text: bytes.toString('latin1', span.start, span.end) };
  }
}
