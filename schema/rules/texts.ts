/** A pattern of Lua's, and what to say where a text matches it, or does not. */
export interface TextRule {
  readonly pattern: string;
  readonly err: string;
}

/** A pattern that matches `text` and nothing else, in any case. */
export function anyCase(text: string): string {
  return text.replace(/[a-z]|[^a-z0-9]/gi, (char) => {
    const [lower, upper] = [char.toLowerCase(), char.toUpperCase()];
    return lower === upper ? `%${char}` : `[${upper}${lower}]`;
  });
}

/** None of these names, nor one that begins like these, in any case. */
export function noneOf(
  names: Iterable<string>,
  beginnings: Iterable<string>,
  err: string,
): readonly TextRule[] {
  return [
    ...[...names].map((name) => ({ pattern: `^${anyCase(name)}$`, err })),
    ...[...beginnings].map((start) => ({ pattern: `^${anyCase(start)}`, err })),
  ];
}

/**
 * Kong resolves a reference only where it is the whole value of a field that takes one; any other is
 * sent as it is written.
 * @param referenceable whether the field takes references
 */
export function noStrayReference(referenceable: boolean): TextRule {
  return {
    pattern: '{vault:',
    err: referenceable
      ? 'a vault reference must be the whole value: put the rest of the text, as `Bearer `, into the secret too'
      : 'vault references are not resolved in this field: write the value itself',
  };
}
