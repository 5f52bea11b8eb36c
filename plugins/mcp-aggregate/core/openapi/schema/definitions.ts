import type { JsonObject } from '../document/json-object.js';
import { valueAt } from '../document/references.js';
import type { Direction } from './convert-context.js';
import { convertSchema } from './convert-schema.js';

/** A converted schema as JSON text, with the names of the definitions that it refers to. */
export interface Converted {
  readonly schema: unknown;
  readonly text: string;
  readonly refers: ReadonlySet<string>;
}

/** Definitions a schema takes along, as JSON text. */
export interface Closure {
  /** The value of `$defs`; undefined where none is needed. */
  readonly text: string | undefined;
  /** Whether some definitions allow anything since there was no room for them. */
  readonly cut: boolean;
}

/**
 * The schemas of one document, converted for one direction: each that is referred to once, under a
 * name of its own, however many operations use it. Recursion stays recursion.
 */
export class Definitions {
  readonly #document: JsonObject;
  readonly #direction: Direction;
  readonly #names = new Map<string, string>();
  readonly #references = new Map<string, string>();
  readonly #converted = new Map<string, Converted>();

  constructor(document: JsonObject, direction: Direction) {
    this.#document = document;
    this.#direction = direction;
  }

  /** @throws DocumentError for a reference, in it, that cannot be followed */
  convert(schema: unknown): Converted {
    const refers = new Set<string>();
    const nameReference = (reference: string) => {
      const name = this.#nameOf(reference);
      refers.add(name);
      return name;
    };
    const made = convertSchema(schema, { direction: this.#direction, nameReference });
    return { schema: made, text: JSON.stringify(made), refers };
  }

  /** A part of a converted schema, or one made of its parts. */
  part(schema: unknown, { refers }: Converted): Converted {
    const text = JSON.stringify(schema);
    const used = [...refers].filter((name) => text.includes(`"#/$defs/${name}"`));
    return { schema, text, refers: new Set(used) };
  }

  /** The schema itself where this one merely refers to another. */
  look(converted: Converted): Converted {
    let current = converted;
    for (let hops = 0; hops < 16; hops++) {
      const { schema } = current;
      const keys = typeof schema === 'object' && schema !== null ? Object.keys(schema) : [];
      const annotations = new Set(['title', 'description']);
      const [only, ...others] = keys.filter((key) => !annotations.has(key));
      if (only !== '$ref' || others.length > 0) return current;
      current = this.#definition([...current.refers][0]!);
    }
    return current;
  }

  /**
   * All that these schemas refer to, near ones first, within `most` bytes.
   * @throws DocumentError as `convert`
   */
  closure(roots: readonly Converted[], most: number): Closure {
    const names = [...new Set(roots.flatMap(({ refers }) => [...refers]))];
    const parts: string[] = [];
    const seen = new Set(names);
    let bytes = 0;
    let cut = false;
    for (const name of names) {
      const isFull = bytes >= most;
      const definition = isFull ? undefined : this.#definition(name);
      const fits = definition !== undefined && bytes + definition.text.length <= most;
      cut ||= !fits;
      bytes += (fits ? definition.text.length : 2) + name.length + 4;
      parts.push(`${JSON.stringify(name)}:${fits ? definition.text : '{}'}`);
      if (!fits) continue;
      for (const next of definition.refers) {
        if (seen.has(next)) continue;
        seen.add(next);
        names.push(next);
      }
    }
    return { text: parts.length === 0 ? undefined : `{${parts.join(',')}}`, cut };
  }

  #definition(name: string): Converted {
    let converted = this.#converted.get(name);
    if (converted === undefined) {
      converted = this.convert(valueAt(this.#document, this.#references.get(name)!));
      this.#converted.set(name, converted);
    }
    return converted;
  }

  /** @throws DocumentError */
  #nameOf(reference: string): string {
    const known = this.#names.get(reference);
    if (known !== undefined) return known;
    valueAt(this.#document, reference);
    const last = reference.slice(reference.lastIndexOf('/') + 1);
    const base = last.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 64) || 'schema';
    let name = base === '__proto__' ? 'proto' : base;
    for (let count = 2; this.#references.has(name); count++) name = `${base}_${count}`;
    this.#names.set(reference, name);
    this.#references.set(name, reference);
    return name;
  }
}
