import { ConfigError } from '../../../../lib/errors/errors.js';

/**
 * The names on the way of a JSON Pointer (RFC 6901) into an object.
 * @throws ConfigError where it is none, or points at the whole
 */
export function readPointer(field: string, pointer: string): readonly string[] {
  if (!pointer.startsWith('/')) throw new ConfigError(field, 'must begin with a slash');
  return pointer
    .slice(1)
    .split('/')
    .map((name) => {
      if (/~(?![01])/.test(name)) {
        throw new ConfigError(field, 'a tilde is written ~0, a slash within a name ~1');
      }
      return name.replaceAll('~1', '/').replaceAll('~0', '~');
    });
}
