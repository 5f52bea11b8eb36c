const mostRounds = 4;

/**
 * The spellings under which rules look at a URI: as it is written, and as a server may read it, with
 * dot segments resolved and escapes undone, also several times over. A rule that holds for one holds,
 * so that no spelling is a way around it.
 */
export function uriForms(uri: string): readonly string[] {
  const forms = new Set<string>();
  let form = uri;
  for (let round = 0; round < mostRounds; round++) {
    forms.add(form);
    const resolved = URL.canParse(form) ? new URL(form).href : form;
    forms.add(resolved);
    const decoded = unescaped(form);
    if (decoded === form) break;
    form = decoded;
  }
  return [...forms];
}

/** Each run of escapes decoded where it is UTF-8, else left. */
function unescaped(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}
