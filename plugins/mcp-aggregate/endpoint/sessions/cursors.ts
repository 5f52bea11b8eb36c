import type { Sealer } from '../../../../lib/handles/seal.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import { staleCursor } from '../../core/lists/item-list.js';
import type { Position } from '../../core/lists/item-list.js';
import type { SessionOwner } from './sessions.js';

/** A client turns pages at once; an old cursor is a mistake. */
const ttlMs = 3_600_000;

/** Cursors carry their own state, sealed for whom they were given to (design D8). */
export class Cursors {
  readonly #sealer: Sealer;
  readonly #now: () => number;

  constructor(sealer: Sealer, now: () => number) {
    this.#sealer = sealer;
    this.#now = now;
  }

  seal(owner: SessionOwner, kind: ItemKind, { generation, offset }: Position): string {
    const payload = Buffer.from(JSON.stringify([kind, generation, offset]));
    return this.#sealer.seal(context(owner), payload, this.#now() + ttlMs);
  }

  /** @throws McpError `invalid_params` for what was not given to this caller, here, for this list */
  open(owner: SessionOwner, kind: ItemKind, text: string): Position {
    const opened = this.#sealer.open(context(owner), text);
    if (opened === undefined) throw staleCursor();
    const [of, generation, offset] = JSON.parse(opened.payload.toString()) as [
      ItemKind,
      string,
      number,
    ];
    if (of !== kind) throw staleCursor();
    return { generation, offset };
  }
}

function context({ endpoint, principal }: SessionOwner) {
  return { type: 'cursor', endpoint, principal } as const;
}
