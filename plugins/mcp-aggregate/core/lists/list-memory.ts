import { McpError } from '../../../../lib/errors/errors.js';
import { ByteCounts } from '../../../../lib/held/byte-counts.js';

/** What an item costs beside its bytes and its names, about. */
const itemBytes = 512;

/** What an item takes in memory; `names` are the two it is known by. */
export function itemCost(raw: Buffer, ...names: readonly string[]): number {
  return names.reduce((sum, { length }) => sum + length, itemBytes + raw.length);
}

/** The part of a ListMemory that is one server's. */
export interface ListShare {
  /**
   * One of its lists takes the place of another.
   * @param before bytes of the other, zero for none
   * @throws McpError `upstream_too_large`, and nothing is changed
   */
  replace(before: number, after: number): void;
}

/** Bytes of the lists that are kept: of all servers, and a share of each. */
export class ListMemory {
  readonly #limit: { readonly bytes: number; readonly ofOne: number };
  readonly #counts = new ByteCounts();

  constructor(limit: { readonly bytes: number; readonly ofOne: number }) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#counts.all;
  }

  /**
   * @param owner tells servers apart, also those of one name
   * @param server its name, for whom it concerns
   */
  shareOf(owner: string, server: string): ListShare {
    return { replace: (before, after) => this.#replace(owner, server, after - before) };
  }

  #replace(owner: string, server: string, more: number): void {
    const { bytes: all, ofOne } = this.#limit;
    if (more > 0 && this.#counts.of(owner) + more > ofOne) {
      throw tooLarge(server, 'takes more memory with its lists than a server may', ofOne);
    }
    if (more > 0 && this.bytes + more > all) {
      throw tooLarge(server, 'has lists for which there is no room beside those of others', all);
    }
    this.#counts.add(owner, more);
  }
}

function tooLarge(server: string, what: string, limit: number): McpError {
  return new McpError('upstream_too_large', `server ${server} ${what}`, { server, limit });
}
