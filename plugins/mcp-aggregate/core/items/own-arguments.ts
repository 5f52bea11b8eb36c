import { arrayItems, decodeString, kindOf } from '../../../../lib/json/members.js';
import { namedMembers } from '../../../../lib/json/named-members.js';
import { removals } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';
import type { Picked } from '../params/pick-arguments.js';
import { objects } from '../uris/uri-edits.js';

/** Arguments of a tool that the configuration keeps from clients. */
export interface OwnArguments {
  /** Those that the gateway sets, by name: the value as raw JSON. */
  readonly fixed: ReadonlyMap<string, string>;
  /** All that clients neither see nor may give, fixed ones included; one at least. */
  readonly names: readonly string[];
  /** Finds them in a call. */
  readonly picked: Picked;
}

/**
 * The edits that take arguments out of the schema of a tool: from `properties` and `required`.
 * @param members of the tool at `raw`
 */
export function schemaEdits(
  raw: RawJson,
  members: readonly Member[],
  { names }: OwnArguments,
): Edit[] {
  const own = new Set(names);
  return objects(members, 'inputSchema').flatMap((schema) => {
    const inner = namedMembers(raw, schema, 'properties', 'required');
    const properties = objects(inner, 'properties').flatMap((span) =>
      removals(raw, namedMembers(raw, span, ...names)),
    );
    const lists = inner.filter(({ key, kind }) => key === 'required' && kind === 'array');
    return [...properties, ...lists.flatMap((list) => withoutNames(raw, list, own))];
  });
}

function withoutNames(raw: RawJson, { value }: Member, own: ReadonlySet<string>): Edit[] {
  const items = arrayItems(raw, value);
  const kept = items.filter(
    (span) => kindOf(raw, span) !== 'string' || !own.has(decodeString(raw, span)),
  );
  if (kept.length === items.length) return [];
  const texts = kept.map(({ start, end }) => raw.toString('utf8', start, end));
  return [{ span: value, replacement: `[${texts.join(',')}]` }];
}
