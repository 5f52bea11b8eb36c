const maxLength = 32;
const legal = /^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/;

/**
 * A name in the schema's form for each of `keys`: letters, digits and hyphens, no hyphen first, 32
 * at most, no two alike. A key that has this form already keeps it, whatever comes before it.
 */
export function serverNames(keys: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set(keys.filter((key) => legal.test(key)));
  const names = new Map<string, string>();
  for (const key of keys) {
    const name = legal.test(key) ? key : madeLegal(key, taken);
    taken.add(name);
    names.set(key, name);
  }
  return names;
}

function madeLegal(name: string, taken: ReadonlySet<string>): string {
  const plain = name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'server';
  for (let count = 1; ; count += 1) {
    const suffix = count === 1 ? '' : `-${count}`;
    const candidate = plain.slice(0, maxLength - suffix.length).replace(/-+$/, '') + suffix;
    if (!taken.has(candidate)) return candidate;
  }
}
