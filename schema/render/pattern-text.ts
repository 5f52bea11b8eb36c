import { luaPattern } from '../check/lua-pattern.js';

/** A pattern of Lua's as a regular expression that editors and Kubernetes (RE2) read alike. */
export function patternText(lua: string): string {
  return portable(luaPattern(lua));
}

/**
 * The same pattern without nested sets, which editors do not know, and with characters that mean
 * themselves everywhere written as they are. In the source only syntax is unescaped.
 */
function portable(pattern: RegExp): string {
  let depth = 0;
  const flat = pattern.source.replace(/\[\^?|\]/g, (bracket) => {
    depth += bracket === ']' ? -1 : 1;
    if (bracket === '[^' && depth > 1) throw new RangeError('a negated set inside a set');
    return (bracket === ']' ? depth > 0 : depth > 1) ? '' : bracket;
  });
  return flat.replace(/\\u\{([0-9a-f]+)\}/g, (_whole, hex: string) => {
    const character = String.fromCodePoint(parseInt(hex, 16));
    return /[A-Za-z0-9_:/#%!]/.test(character) ? character : `\\x${hex.padStart(2, '0')}`;
  });
}
