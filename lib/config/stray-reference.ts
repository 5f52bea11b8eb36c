import { ConfigError } from '../errors/errors.js';

const start = '{vault:';

/**
 * Refuses a configuration in which a vault reference is left. Kong resolves one that is the whole
 * value of a field that takes references; any other would be sent, or shown, as it is written.
 * @throws ConfigError naming the field, never its value
 */
export function refuseStrayReferences(config: Readonly<Record<string, unknown>>): void {
  const field = strayIn(config, '');
  if (field === undefined) return;
  throw new ConfigError(
    field,
    'holds a vault reference that Kong has not resolved: it must be the whole value of a field that takes references, so put the rest of the text, as `Bearer `, into the secret too',
  );
}

function strayIn(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.includes(start) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    // Kong's own record of what it has resolved.
    if (key === '$refs' || key.startsWith('__')) continue;
    const found = strayIn(member, placeOf(path, key, member, Array.isArray(value)));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `servers[NAME].headers.H`; an entry without a name has its number, from 1. */
function placeOf(path: string, key: string, member: unknown, inList: boolean): string {
  if (!inList) return path === '' ? key : `${path}.${key}`;
  const { name } = (member ?? {}) as { readonly name?: unknown };
  return `${path}[${typeof name === 'string' ? name : Number(key) + 1}]`;
}
