import { log } from '../../../../lib/log.js';
import type { ToldChange } from '../../core/pins/record/change.js';
import type { Doubt } from '../../core/pins/record/lint-record.js';

/** Changes and doubts of one list that are said one by one; the others are counted. */
const mostSaid = 20;
const longestName = 128;

/** Tells the operator what of a server's definitions is not as it was approved, and what to look at. */
export class PinLog {
  readonly #fields: { readonly endpoint: string; readonly server: string };

  constructor(endpoint: string, server: string) {
    this.#fields = { endpoint, server };
  }

  /** @param leftOut how many more differ, none of which is kept; zero where that is no news */
  told(changes: readonly ToldChange[], leftOut: number): void {
    for (const { kind, item, change, members, withheld } of changes.slice(0, mostSaid)) {
      const fields = { ...this.#fields, kind, item: item.slice(0, longestName), change };
      if (change === 'restored') log('info', 'definition_approved', fields);
      else if (kind === 'server') log('error', 'definitions_of_other_server', { ...fields, mend });
      else log('warn', 'definition_changed', { ...fields, members, withheld });
    }
    this.#more('definition_changed', changes.length);
    if (leftOut > 0) log('warn', 'definition_changed', { ...this.#fields, left_out: leftOut });
  }

  doubts(doubts: readonly Doubt[]): void {
    for (const { kind, item, rule, excerpt } of doubts.slice(0, mostSaid)) {
      const said = { kind, item: item.slice(0, longestName), rule, excerpt };
      log('warn', 'definition_doubtful', { ...this.#fields, ...said });
    }
    this.#more('definition_doubtful', doubts.length);
  }

  #more(event: string, count: number): void {
    if (count > mostSaid) log('warn', event, { ...this.#fields, more: count - mostSaid });
  }
}

const mend =
  'the server calls itself otherwise than the lockfile says: name the right lockfile, or write one with kong-mcp pin';
