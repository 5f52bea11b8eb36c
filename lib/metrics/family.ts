import type { Across, FamilySnapshot, FamilyType } from './snapshot.js';

/** What a family of series is, as `# HELP` and `# TYPE` say it. */
export interface FamilyFacts {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** A family that can be written out. */
export interface Family extends FamilyFacts {
  readonly type: FamilyType;
  /** How the figures of several processes become one. */
  readonly across: Across;
  /** Its series as they are now. */
  snapshot(): FamilySnapshot;
}

/** A family's series by the values of their labels; `make` makes what counts one. */
export class SeriesMap<T> {
  readonly #labels: readonly string[];
  readonly #make: (text: string) => T;
  readonly #series = new Map<string, { readonly values: readonly string[]; readonly of: T }>();

  constructor(labels: readonly string[], make: (text: string) => T) {
    this.#labels = labels;
    this.#make = make;
  }

  /** The series with these values, one for each label. @throws RangeError on another number */
  get(values: readonly string[]): T {
    const text = labelText(this.#labels, values);
    const known = this.#series.get(text);
    if (known !== undefined) return known.of;
    const made = this.#make(text);
    this.#series.set(text, { values: [...values], of: made });
    return made;
  }

  *all(): Iterable<T> {
    for (const { of } of this.#series.values()) yield of;
  }

  /** Forgets every series whose values fit. */
  drop(fits: (values: readonly string[]) => boolean): void {
    for (const [text, { values }] of this.#series) if (fits(values)) this.#series.delete(text);
  }

  clear(): void {
    this.#series.clear();
  }
}

/** Labels and values as they stand between braces; values escaped as the text format demands. */
export function labelText(labels: readonly string[], values: readonly string[]): string {
  if (labels.length !== values.length) throw new RangeError('a value is needed for each label');
  return labels.map((label, at) => `${label}="${escapeValue(values[at]!)}"`).join(',');
}

function escapeValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
