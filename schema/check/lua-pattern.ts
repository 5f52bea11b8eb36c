const classes: Readonly<Record<string, string>> = {
  a: 'A-Za-z',
  c: '\\x00-\\x1f\\x7f',
  d: '0-9',
  l: 'a-z',
  p: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  s: '\\x09-\\x0d\\x20',
  u: 'A-Z',
  w: 'A-Za-z0-9',
  x: 'A-Fa-f0-9',
};

const literal = (char: string): string => `\\u{${char.codePointAt(0)!.toString(16)}}`;

/** `%a` or an escaped character. */
function escaped(char: string): string {
  const set = classes[char.toLowerCase()];
  if (set === undefined) return literal(char);
  return char === char.toLowerCase() ? `[${set}]` : `[^${set}]`;
}

/** A `[set]` that begins at `at`, and where the pattern goes on: ranges as Lua reads them. */
function set(pattern: string, at: number): [string, number] {
  const negated = pattern[at + 1] === '^';
  let out = negated ? '[^' : '[';
  let next = at + (negated ? 2 : 1);
  for (let first = true; first || pattern[next] !== ']'; first = false) {
    const char = pattern[next];
    if (char === undefined) throw new RangeError(`malformed pattern ${pattern}: missing ]`);
    const end = pattern[next + 2];
    if (char === '%') {
      out += escaped(pattern[next + 1] ?? '%');
      next += 2;
    } else if (pattern[next + 1] === '-' && end !== undefined && end !== ']') {
      out += `${literal(char)}-${literal(end)}`;
      next += 3;
    } else {
      out += literal(char);
      next += 1;
    }
  }
  return [`${out}]`, next + 1];
}

/** The regular expression that matches what the Lua pattern does; `%b` and `%f` are not known. */
export function luaPattern(pattern: string): RegExp {
  let out = pattern.startsWith('^') ? '^' : '';
  let at = out.length;
  while (at < pattern.length) {
    const char = pattern[at]!;
    if (char === '$' && at === pattern.length - 1) return new RegExp(`${out}$`, 'sv');
    if (char === '[') {
      const [text, next] = set(pattern, at);
      out += text;
      at = next;
    } else if (char === '%') {
      out += escaped(pattern[at + 1] ?? '%');
      at += 2;
    } else {
      out += '().'.includes(char) ? char : literal(char);
      at += 1;
    }
    const quantifier = pattern[at] ?? '';
    if (quantifier === '' || !'*+?-'.includes(quantifier)) continue;
    out += quantifier === '-' ? '*?' : quantifier;
    at += 1;
  }
  return new RegExp(out, 'sv');
}
