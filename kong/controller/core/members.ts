import type { Members } from './resources.js';

export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether two values are the same as JSON, whatever the order of members. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, at) => sameJson(one, b[at]));
  }
  if (!isMembers(a) || !isMembers(b)) return a === b;
  const names = Object.keys(a).filter((name) => a[name] !== undefined);
  const others = Object.keys(b).filter((name) => b[name] !== undefined);
  return names.length === others.length && names.every((name) => sameJson(a[name], b[name]));
}

/** Whether everything that `wanted` says stands in `actual`; lists have to be equal. */
export function holds(actual: unknown, wanted: unknown): boolean {
  if (!isMembers(wanted)) return sameJson(actual, wanted);
  if (!isMembers(actual)) return false;
  return Object.entries(wanted).every(
    ([name, value]) => value === undefined || holds(actual[name], value),
  );
}

/** A merge patch (RFC 7396) that takes out of `actual` what `wanted` does not have. */
export function surplus(actual: unknown, wanted: unknown): Members | undefined {
  if (!isMembers(actual) || !isMembers(wanted)) return undefined;
  const patch: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(actual)) {
    if (wanted[name] === undefined) patch[name] = null;
    else {
      const inner = surplus(value, wanted[name]);
      if (inner !== undefined) patch[name] = inner;
    }
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}
