import type { ClaimPath } from '../identity/claim-path.js';
import { ConfigError } from '../errors/errors.js';

export type Claims = Readonly<Record<string, unknown>>;

/** What is asked of a claim; exactly one member is given. */
export interface ClaimCondition {
  readonly equals?: string | undefined;
  readonly contains?: string | undefined;
  readonly oneOf?: readonly string[] | undefined;
}

/**
 * The members on the way to a claim: names joined by dots. A dot within a name is written `\.`, a
 * backslash `\\`, so that `https://example\.com/roles` is one name.
 * @throws ConfigError on an empty name or another escape
 */
export function claimPath(field: string, text: string): ClaimPath {
  const names = [''];
  for (const [piece] of text.matchAll(/\\.?|[^\\]/gsu)) {
    if (piece === '.') names.push('');
    else if (!piece.startsWith('\\')) names[names.length - 1] += piece;
    else if (piece === '\\.' || piece === '\\\\') names[names.length - 1] += piece.slice(1);
    else throw new ConfigError(field, 'in a path only \\. and \\\\ may follow a backslash');
  }
  if (names.includes('')) throw new ConfigError(field, 'a path must not hold an empty name');
  return names;
}

/** The text that `claimPath` reads as this path. */
export function claimName(path: ClaimPath): string {
  return path.map((name) => name.replaceAll(/[\\.]/g, '\\$&')).join('.');
}

/**
 * Whether a claim's value fulfils a condition. Text, numbers and booleans are compared as text, case
 * counts. A single value counts as a list of one, since issuers shorten lists to that; a list never
 * `equals`. What is missing fulfils nothing.
 */
export function fulfils(value: unknown, condition: ClaimCondition): boolean {
  const { equals, contains, oneOf } = condition;
  if (equals !== undefined) return textOf(value) === equals;
  const texts = claimTexts(value);
  if (contains !== undefined) return texts.includes(contains);
  return oneOf !== undefined && texts.some((text) => oneOf.includes(text));
}

/** The values of a claim as texts: those of a list, or the one there is. What is missing has none. */
export function claimTexts(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => textOf(item) ?? []);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || Number.isFinite(value) ? String(value) : undefined;
}
