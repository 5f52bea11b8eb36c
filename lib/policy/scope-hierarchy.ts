import { ConfigError } from '../errors/errors.js';

/** Scopes of a token, and all scopes that they imply (requirement A13). */
export type Expand = (scopes: Iterable<string>) => ReadonlySet<string>;

/**
 * Reads which scopes a broad scope implies, at any depth.
 * @throws ConfigError where a scope implies itself, which is always a mistake
 */
export function scopeHierarchy(
  field: string,
  implied: Readonly<Record<string, readonly string[]>>,
): Expand {
  const below = new Map<string, ReadonlySet<string>>();
  for (const scope of Object.keys(implied)) collect(field, implied, scope, [], below);
  // Verified tokens are kept, so the same list comes with request after request.
  const known = new WeakMap<Iterable<string>, ReadonlySet<string>>();
  return (scopes) => {
    const before = known.get(scopes);
    if (before !== undefined) return before;
    const all = new Set(scopes);
    for (const scope of scopes) for (const narrow of below.get(scope) ?? []) all.add(narrow);
    known.set(scopes, all);
    return all;
  };
}

function collect(
  field: string,
  implied: Readonly<Record<string, readonly string[]>>,
  scope: string,
  trail: readonly string[],
  below: Map<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const known = below.get(scope);
  if (known !== undefined) return known;
  if (trail.includes(scope)) {
    const circle = [...trail.slice(trail.indexOf(scope)), scope].join(' → ');
    throw new ConfigError(field, `a scope implies itself: ${circle}`);
  }
  const all = new Set<string>();
  for (const narrow of Object.hasOwn(implied, scope) ? implied[scope]! : []) {
    all.add(narrow);
    for (const deeper of collect(field, implied, narrow, [...trail, scope], below)) all.add(deeper);
  }
  below.set(scope, all);
  return all;
}
