/** One challenge of `WWW-Authenticate`, read by the letter of RFC 9110 §11.6.1. */
export interface ParsedChallenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const text = /(?:[\t !#-[\]-~]|\\[\t -~])*/y;

/**
 * Reads a header of exactly one challenge with parameters.
 * @throws Error where the header is not in the grammar, has more than one challenge, or names a
 * parameter twice
 */
export function parseChallenge(header: string): ParsedChallenge {
  let at = 0;
  const take = (pattern: RegExp, what: string): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(header)?.[0];
    if (found === undefined) throw new Error(`no ${what} at ${at} of ${header}`);
    at += found.length;
    return found;
  };
  const scheme = take(token, 'scheme');
  take(/ +/y, 'space');
  const parameters = new Map<string, string>();
  for (;;) {
    const name = take(token, 'parameter').toLowerCase();
    take(/=/y, 'equals sign');
    if (parameters.has(name)) throw new Error(`${name} twice in ${header}`);
    parameters.set(name, header[at] === '"' ? quoted(take) : take(token, 'value'));
    if (at === header.length) return { scheme, parameters };
    take(/[ \t]*,[ \t]*/y, 'comma');
  }
}

function quoted(take: (pattern: RegExp, what: string) => string): string {
  take(/"/y, 'quote');
  const inner = take(text, 'text');
  take(/"/y, 'closing quote');
  return inner.replace(/\\(.)/g, '$1');
}
