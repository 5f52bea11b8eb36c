import { ConfigError } from '../errors/errors.js';
import type { JsonObject } from './entries.js';

/** @throws ConfigError where `value` is no object */
export function asObject(field: string, value: unknown): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new ConfigError(field, 'must be an object');
  }
  return value as JsonObject;
}

/** @throws ConfigError where `value` is no string, or holds a NUL character */
export function asString(field: string, value: unknown): string {
  if (typeof value !== 'string') throw new ConfigError(field, 'must be a string');
  if (value.includes('\0')) throw new ConfigError(field, 'must not hold a NUL character');
  return value;
}

/** @throws ConfigError as `asString`, and for blanks alone */
export function asText(field: string, value: unknown): string {
  const text = asString(field, value);
  if (text.trim() === '') throw new ConfigError(field, 'must not be empty');
  return text;
}

/** @throws ConfigError naming the element that is no string; nothing at all is an empty list */
export function asList(field: string, value: unknown): readonly string[] {
  const list = value ?? [];
  if (!Array.isArray(list)) throw new ConfigError(field, 'must be a list of strings');
  return list.map((one, index) => asString(`${field}[${index}]`, one));
}

/** @throws ConfigError naming the member that is no string; nothing at all is an empty object */
export function asTexts(field: string, value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(asObject(field, value ?? {}));
  return Object.fromEntries(
    entries.map(([name, member]) => [name, asString(`${field}.${name}`, member)]),
  );
}
