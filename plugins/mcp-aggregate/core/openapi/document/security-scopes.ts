import { isObject, listAt, objectAt, own } from './json-object.js';
import type { JsonObject } from './json-object.js';
import { resolved } from './references.js';

const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;
const withScopes = new Set(['oauth2', 'openIdConnect']);

/** The security schemes of a document that have scopes, by name. */
export interface SecuritySchemes {
  readonly scoped: ReadonlySet<string>;
  /** Scopes of operations that need none of their own (`x-kong-mcp-default-acl`). */
  readonly usual: readonly string[];
  /** Whether the document itself asks that scopes decide (`x-kong-mcp-acl`, as decK reads it). */
  readonly decide: boolean;
}

export function readSchemes(document: JsonObject): SecuritySchemes {
  const all =
    objectAt(objectAt(document, 'components'), 'securitySchemes') ??
    objectAt(document, 'securityDefinitions') ??
    {};
  const scoped = new Set<string>();
  let decide = false;
  for (const [name, given] of Object.entries(all)) {
    if (!isObject(given)) continue;
    const scheme = resolved(document, given);
    if (!withScopes.has(String(own(scheme, 'type')))) continue;
    scoped.add(name);
    decide ||= isObject(own(scheme, 'x-kong-mcp-acl'));
  }
  const usual = listAt(document, 'x-kong-mcp-default-acl').flatMap((entry) =>
    own(entry, 'scope') === 'tools' ? tokens(listAt(entry, 'allow')) : [],
  );
  return { scoped, usual, decide: decide || usual.length > 0 };
}

/**
 * Scopes that an operation needs. Of alternatives the first with scopes counts, since a rule knows no
 * `or`; where one of them needs nothing, nothing is needed.
 */
export function scopesOf(
  document: JsonObject,
  operation: JsonObject,
  { scoped, usual }: SecuritySchemes,
): readonly string[] {
  const isOwn = own(operation, 'security') !== undefined;
  const given = isOwn ? listAt(operation, 'security') : listAt(document, 'security');
  const requirements = given.filter(isObject);
  if (requirements.length === 0) return isOwn ? [] : usual;
  if (requirements.some((requirement) => Object.keys(requirement).length === 0)) return [];
  for (const requirement of requirements) {
    const names = Object.keys(requirement).filter((name) => scoped.has(name));
    const scopes = names.flatMap((name) => tokens(listAt(requirement, name)));
    if (scopes.length > 0) return [...new Set(scopes)].sort();
  }
  return usual;
}

function tokens(values: readonly unknown[]): string[] {
  return values
    .filter((value) => typeof value === 'string')
    .filter((text) => scopeToken.test(text));
}
