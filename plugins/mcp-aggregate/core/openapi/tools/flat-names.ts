/** Where an argument goes, in the order in which places take names. */
const places = ['path', 'query', 'header', 'cookie', 'querystring', 'body'] as const;
export type ArgumentPlace = (typeof places)[number];

/** Keys that every provider of models takes for properties of a tool. */
const longest = 64;

/**
 * Names of arguments: one flat object for all places. A name that is taken by an earlier place, in the
 * order path, query, header, cookie, querystring, body, is followed by its own place, and by a number
 * where that is taken as well. Other characters than `A-Z a-z 0-9 _ . -` become underscores.
 */
export class FlatNames {
  readonly #taken = new Set<string>();

  take(place: ArgumentPlace, original: string): string {
    const legal = original.replace(/[^A-Za-z0-9_.-]+/g, '_').replace(/^_+|_+$/g, '');
    const base = (legal || 'value').slice(0, longest);
    let name = base;
    if (this.#taken.has(name)) {
      const stem = `${base.slice(0, longest - place.length - 4)}_${place}`;
      name = stem;
      for (let count = 2; this.#taken.has(name); count++) name = `${stem}_${count}`;
    }
    this.#taken.add(name);
    return name;
  }
}

export function byPlace<T extends { readonly place: ArgumentPlace }>(all: readonly T[]): T[] {
  return [...all].sort((a, b) => places.indexOf(a.place) - places.indexOf(b.place));
}
