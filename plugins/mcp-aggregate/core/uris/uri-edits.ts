import { arrayItems, decodeString } from '../../../../lib/json/members.js';
import { namedMembers } from '../../../../lib/json/named-members.js';
import { encodeString } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { Member, RawJson, Span } from '../../../../lib/json/types.js';

/** The URI that clients see for one of the server's. */
export type Expose = (uri: string) => string;

/** Where an app's page is named in `_meta`: nested today, flat in older servers. */
const flatUi = 'ui/resourceUri';
const noSpans: readonly Span[] = [];

/** Every member is edited, repeated ones too: no reader gets to see an original URI. */
export function metaUriEdits(raw: RawJson, members: readonly Member[], expose: Expose): Edit[] {
  const metas = objects(members, '_meta');
  if (metas.length === 0) return [];
  return metas.flatMap((meta) => {
    const inner = namedMembers(raw, meta, 'ui', flatUi);
    const nested = objects(inner, 'ui').flatMap((ui) =>
      uriEdits(raw, namedMembers(raw, ui, 'resourceUri'), 'resourceUri', expose),
    );
    return [...nested, ...uriEdits(raw, inner, flatUi, expose)];
  });
}

/** The content blocks of a tool result or a prompt message: links and embedded resources. */
export function blockEdits(raw: RawJson, block: Span, expose: Expose): Edit[] {
  const members = namedMembers(raw, block, 'type', 'uri', 'resource', '_meta');
  const isLink = texts(raw, members, 'type').includes('resource_link');
  return [
    ...(isLink ? uriEdits(raw, members, 'uri', expose) : []),
    ...objects(members, 'resource').flatMap((resource) =>
      uriEdits(raw, namedMembers(raw, resource, 'uri'), 'uri', expose),
    ),
    ...metaUriEdits(raw, members, expose),
  ];
}

/** Each string member `key` with the URI that clients see. */
export function uriEdits(
  raw: RawJson,
  members: readonly Member[],
  key: string,
  expose: Expose,
): Edit[] {
  return strings(members, key).flatMap(({ value }) => {
    const uri = decodeString(raw, value);
    const exposed = expose(uri);
    return exposed === uri ? [] : [{ span: value, replacement: encodeString(exposed) }];
  });
}

/** The objects in the arrays `key`. */
export function objectsIn(raw: RawJson, members: readonly Member[], key: string): Span[] {
  return members
    .filter((member) => member.key === key && member.kind === 'array')
    .flatMap(({ value }) => arrayItems(raw, value))
    .filter(({ start }) => raw[start] === 0x7b);
}

/** The objects that are members `key`. */
export function objects(members: readonly Member[], key: string): readonly Span[] {
  let spans: Span[] | undefined;
  for (const member of members) {
    if (member.key === key && member.kind === 'object') (spans ??= []).push(member.value);
  }
  return spans ?? noSpans;
}

function strings(members: readonly Member[], key: string): Member[] {
  return members.filter((member) => member.key === key && member.kind === 'string');
}

function texts(raw: RawJson, members: readonly Member[], key: string): string[] {
  return strings(members, key).map(({ value }) => decodeString(raw, value));
}
