import { ConfigError } from '../errors/errors.js';
import type { ChildUser } from './entries.js';

/** The greatest number is what the system calls take for "as it is". */
const greatest = 4_294_967_294;

/**
 * Under whom an entry runs. User and group go together: a child with the group of the plugin server
 * could read what that group may. Not 0, which drops nothing.
 * @throws ConfigError naming the member that is wrong
 */
export function readUser(
  field: string,
  take: (name: string) => unknown,
): { readonly user?: ChildUser } {
  const [uid, gid] = [take('uid'), take('gid')];
  if (uid === undefined && gid === undefined) return {};
  return { user: { uid: readId(`${field}.uid`, uid), gid: readId(`${field}.gid`, gid) } };
}

function readId(field: string, value: unknown): number {
  if (value === undefined) throw new ConfigError(field, 'is missing: uid and gid go together');
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= greatest) {
    return value;
  }
  throw new ConfigError(field, `must be an integer from 1 to ${greatest}`);
}
