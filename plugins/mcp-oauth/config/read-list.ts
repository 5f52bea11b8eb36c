import { ConfigError } from '../../../lib/errors/errors.js';

/**
 * Reads a list field: Kong may hand on an empty one as null or as an empty object.
 * @throws ConfigError naming the field
 */
export function readList<T>(field: string, value: readonly T[] | null | undefined): readonly T[] {
  if (Array.isArray(value)) return Object.freeze([...(value as readonly T[])]);
  if (value === null || value === undefined || Object.keys(value).length === 0) return [];
  throw new ConfigError(field, 'must be a list');
}
