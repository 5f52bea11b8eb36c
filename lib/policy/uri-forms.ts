/**
 * The spellings under which rules look at a URI: as it is written, and as a server may read it, with
 * dot segments resolved and escapes undone. Rules hold for each, so that none is a way around them.
 */
export function uriForms(uri: string): readonly string[] {
  const found = new Set([uri]);
  for (const form of [uri, unescaped(uri)]) {
    const resolved = URL.canParse(form) ? new URL(form).href : form;
    found.add(resolved);
    found.add(unescaped(resolved));
  }
  return [...found];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
