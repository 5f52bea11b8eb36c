import { log } from '../../../../lib/log.js';
import type { CatalogueEvent } from '../../core/lists/catalogue.js';
import type { Collision } from '../../core/lists/item-index.js';
import { allKinds, itemKinds } from '../../core/items/item-kinds.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { Served } from '../../core/items/served.js';

/** Different texts remembered as said; beyond them new ones go unsaid. */
const mostSaid = 2_000;

/** Tells the operator of the lists of one endpoint; what concerns many callers alike, once. */
export class ItemLog {
  readonly #endpoint: string;
  readonly #said = new Set<string>();

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  collision({ kind, server, name, owner }: Collision): void {
    const fields = { endpoint: this.#endpoint, server: server.name, name, owner: owner.name };
    if (this.#isNew(`${kind} ${server.name} ${owner.name} ${name}`)) {
      log('warn', `${kind}_collision`, fields);
    }
  }

  /** Of a list that all callers share. */
  shared(kind: ItemKind, event: CatalogueEvent, server: Served): void {
    // A server that is down fails all its lists for the same reason: said once.
    const isSaid = (other: ItemKind) =>
      event.type === 'failed' && server.catalogues[other].lastError === event.reason;
    if (allKinds.some((other) => other !== kind && isSaid(other))) return;
    this.#write(event.type === 'listed' ? 'info' : 'warn', kind, event, server);
  }

  /** Of one caller's list: others have the same items left out, and their own failures. */
  ofCaller(kind: ItemKind, event: CatalogueEvent, server: Served): void {
    const item = 'item' in event ? event.item : '';
    const isOfMany = 'item' in event || event.type === 'flawed';
    const text = isOfMany ? `${kind} ${server.name} ${item} ${event.reason}` : undefined;
    const isNews = text !== undefined && this.#isNew(text);
    this.#write(isNews ? 'warn' : 'debug', kind, event, server);
  }

  #write(
    level: 'debug' | 'info' | 'warn',
    kind: ItemKind,
    { type, ...fields }: CatalogueEvent,
    { name: server }: Served,
  ): void {
    log(level, `${itemKinds[kind].member}_${type}`, {
      endpoint: this.#endpoint,
      server,
      ...fields,
    });
  }

  #isNew(text: string): boolean {
    if (this.#said.has(text) || this.#said.size >= mostSaid) return false;
    this.#said.add(text);
    return true;
  }
}
