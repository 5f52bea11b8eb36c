/** An object of a parsed document; read its members by `own` alone, since any name may be one. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member itself, never one that all objects inherit (`constructor`, `__proto__`). */
export function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function objectAt(value: unknown, key: string): JsonObject | undefined {
  const member = own(value, key);
  return isObject(member) ? member : undefined;
}

export function listAt(value: unknown, key: string): readonly unknown[] {
  const member = own(value, key);
  return Array.isArray(member) ? (member as readonly unknown[]) : [];
}

export function textAt(value: unknown, key: string): string | undefined {
  const member = own(value, key);
  return typeof member === 'string' ? member : undefined;
}

/** An object that inherits nothing: `__proto__` is a name in it like any other. */
export function bareObject(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}
