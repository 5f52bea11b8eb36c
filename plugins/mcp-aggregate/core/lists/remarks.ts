import type { PreparedItems } from '../items/prepare-items.js';
import type { CatalogueEvent } from './catalogue-event.js';

type Remark = Extract<CatalogueEvent, { readonly type: 'refused' | 'warned' | 'renamed' }>;

/** Refused items named one by one; the rest are counted. */
const mostSaid = 20;

/** Says each refusal and warning once, for as long as the server keeps giving cause for it. */
export class Remarks {
  readonly #onEvent: (event: CatalogueEvent) => void;
  #before: ReadonlySet<string> = new Set();

  constructor(onEvent: (event: CatalogueEvent) => void) {
    this.#onEvent = onEvent;
  }

  say(prepared: PreparedItems): void {
    const now = remarksOf(prepared);
    const news = [...now].filter(([text]) => !this.#before.has(text));
    for (const [, event] of news.slice(0, mostSaid)) this.#onEvent(event);
    if (news.length > mostSaid) {
      const reason = `${news.length - mostSaid} more items are left out or of doubtful use`;
      this.#onEvent({ type: 'refused', item: '?', reason });
    }
    this.#before = new Set(now.keys());
  }
}

/** What is to be said of single items, by its text. */
function remarksOf({ refused, warned, derived }: PreparedItems): ReadonlyMap<string, Remark> {
  const all: readonly Remark[] = [
    ...refused.map((item) => ({ type: 'refused', ...item }) as const),
    ...warned.map((item) => ({ type: 'warned', ...item }) as const),
    ...derived.map((item) => ({ type: 'renamed', ...item }) as const),
  ];
  return new Map(all.map((event) => [`${event.item} ${event.reason}`, event]));
}
