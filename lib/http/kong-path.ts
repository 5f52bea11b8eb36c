/** What Kong leaves escaped in a path: characters that mean something there (RFC 3986 §2.2), and `%`. */
const reserved = new Set("!*'();:@&=+$,/?%#[]");

/**
 * The path as Kong names it to plugins (`kong.request.get_path`): escapes of all but reserved characters
 * are undone, those of others in upper case. A path may be given in either form.
 */
export function kongPath(path: string): string {
  if (!path.includes('%')) return path;
  const bytes: number[] = [];
  const text = Buffer.from(path);
  for (let i = 0; i < text.length; i++) {
    const escape = /^%[0-9a-f]{2}/i.exec(text.toString('latin1', i, i + 3))?.[0];
    const char = escape === undefined ? undefined : parseInt(escape.slice(1), 16);
    if (escape === undefined || char === undefined) bytes.push(text[i]!);
    else {
      if (reserved.has(String.fromCharCode(char))) bytes.push(...Buffer.from(escape.toUpperCase()));
      else bytes.push(char);
      i += 2;
    }
  }
  return Buffer.from(bytes).toString();
}
