import { RE2JS } from 're2js';

/** What a validator asks of an expression. */
export interface LinearPattern {
  test(text: string): boolean;
  /** Tells expressions apart. */
  toString(): string;
}

/**
 * An expression of a document, matched in time linear in the text: documents come from APIs, and texts
 * from anyone. What such an engine does not know (looking ahead or behind, back references) matches
 * everything: the API itself decides on it.
 */
export function linearPattern(source: string): LinearPattern {
  try {
    const pattern = RE2JS.compile(inRe2(source));
    return { test: (text) => pattern.matcher(text).find(), toString: () => source };
  } catch {
    return { test: () => true, toString: () => source };
  }
}

/** `\uXXXX`, `\u{X}`, `\cX` and `\/` as RE2 writes them. */
function inRe2(source: string): string {
  return source
    .replace(/\\u\{([0-9A-Fa-f]{1,6})\}/g, '\\x{$1}')
    .replace(/\\u([0-9A-Fa-f]{4})/g, '\\x{$1}')
    .replaceAll('\\/', '/');
}
