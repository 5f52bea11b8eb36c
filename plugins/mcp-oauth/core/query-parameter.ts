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
      const hex = query.slice(i + 1, i + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(hex)) return false;
      char = Number.parseInt(hex, 16);
      i += 3;
    }
    if (char !== name.charCodeAt(k)) return false;
  }
  return i === query.length || query[i] === '=' || query[i] === '&';
}
