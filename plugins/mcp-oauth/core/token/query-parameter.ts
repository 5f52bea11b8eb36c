/**
 * Whether a raw query has a parameter of this name, decoded as URLSearchParams would decode it. Reads
 * it where it stands: to make a list of thousands of parameters takes a hundred times as long.
 * @param name of ASCII letters and underscores
 */
export function hasParameter(rawQuery: string, name: string): boolean {
  let at = rawQuery.startsWith('?') ? 1 : 0;
  while (at >= 0 && at < rawQuery.length) {
    if (isNamed(rawQuery, at, name)) return true;
    const next = rawQuery.indexOf('&', at);
    at = next < 0 ? -1 : next + 1;
  }
  return false;
}

function isNamed(query: string, at: number, name: string): boolean {
  let i = at;
  for (let k = 0; k < name.length; k++) {
    let char = query.charCodeAt(i);
    if (char !== 0x25) i++;
    else {
      char = 16 * digitAt(query, i + 1) + digitAt(query, i + 2);
      i += 3;
    }
    if (char !== name.charCodeAt(k)) return false;
  }
  return i === query.length || query[i] === '=' || query[i] === '&';
}

/** The value of a hexadecimal digit; of anything else more than makes any letter. */
function digitAt(query: string, at: number): number {
  const code = query.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : 0x100;
}
