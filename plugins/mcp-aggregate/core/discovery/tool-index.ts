import MiniSearch from 'minisearch';
import { held } from '../../../../lib/held/limits.js';
import type { PreparedItem } from '../items/prepare-item.js';
import { toolTerms } from './tool-terms.js';

/** Bounds of one index. */
export interface IndexBounds {
  /** Tools that can be found. */
  readonly tools: number;
  /**
   * What it takes in memory, about: from two thirds on tools are found by words that others have too,
   * and beyond it not at all.
   */
  readonly bytes: number;
  /** Tools that are looked at for a search, one for each of its words. */
  readonly looks: number;
}

export const indexBounds: IndexBounds = {
  tools: 10_000,
  bytes: held.toolIndexes.ofOne,
  looks: 8_000,
};

/** What a new word takes, a tool that has it, and a tool, about; measured. */
const costs = { word: 640, entry: 32, tool: 512 } as const;

/**
 * Tools of one list by the words that describe them, ranked by BM25. It knows nothing of callers: who
 * asks says which of the found ones count.
 */
export class ToolIndex {
  readonly #bounds: IndexBounds;
  readonly #index = new MiniSearch<{ id: string; words: string }>({
    fields: ['words'],
    tokenize: (words) => words.split(' '),
    processTerm: spelled,
  });
  /** In how many tools a word stands. */
  readonly #tools = new Map<string, number>();
  #bytes = 0;
  #left = 0;

  constructor(bounds = indexBounds) {
    this.#bounds = bounds;
  }

  /** What it takes in memory, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Tools that there was no room for. */
  get left(): number {
    return this.#left;
  }

  add(tool: PreparedItem): void {
    const { tools, bytes } = this.#bounds;
    const isRoom = this.#index.documentCount < tools && this.#bytes < bytes;
    const words = isRoom ? this.#admit(tool) : [];
    if (words.length === 0 || this.#index.has(tool.name)) {
      this.#left += 1;
      return;
    }
    this.#index.add({ id: tool.name, words: words.join(' ') });
  }

  /**
   * Names of the tools that fit best, best first.
   * @param words those that few tools have count first, if all together are in too many tools
   */
  find(words: readonly string[], counts: (name: string) => boolean): readonly string[] {
    const asked = this.#affordable(words);
    if (asked.length === 0) return [];
    const filter = ({ id }: { readonly id: unknown }) => counts(id as string);
    return this.#index.search(asked.join(' '), { filter }).map(({ id }) => id as string);
  }

  #admit(tool: PreparedItem): readonly string[] {
    const full = 3 * this.#bytes >= 2 * this.#bounds.bytes;
    const words = toolTerms(tool).filter((word) => !full || this.#tools.has(word));
    this.#bytes += costs.tool + 2 * tool.name.length;
    for (const word of new Set(words)) {
      const before = this.#tools.get(word) ?? 0;
      this.#tools.set(word, before + 1);
      this.#bytes += costs.entry + (before === 0 ? costs.word : 0);
    }
    return words;
  }

  #affordable(words: readonly string[]): readonly string[] {
    const known = [...new Set(words)].filter((word) => this.#tools.has(word));
    known.sort((a, b) => this.#tools.get(a)! - this.#tools.get(b)!);
    let looks = 0;
    return known.filter((word, n) => {
      looks += this.#tools.get(word)!;
      return n === 0 || looks <= this.#bounds.looks;
    });
  }
}

/**
 * The index is a tree that looks at the first letters of all branches one by one: of a script with
 * thousands of letters each would be a branch.
 */
function spelled(word: string): string {
  return word.replaceAll(/[^a-z0-9]/g, (char) => `~${char.charCodeAt(0).toString(16)}`);
}
