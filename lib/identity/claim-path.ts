/** Way to a claim: its name, or the names of the objects around it and then its own. */
export type ClaimPath = readonly string[];

/** The claim at `path`; undefined where the token has none, inherited names included. */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: ClaimPath): unknown {
  let value: unknown = claims;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
