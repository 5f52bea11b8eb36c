import { Catalogue } from '../../../plugins/mcp-aggregate/core/lists/catalogue.js';
import type { CatalogueEvent } from '../../../plugins/mcp-aggregate/core/lists/catalogue.js';
import { ListMemory } from '../../../plugins/mcp-aggregate/core/lists/list-memory.js';
import type { ListedItems } from '../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { anyForm } from './any-form.js';
import { exposureOf } from './exposure.js';
import { tool } from './fake-upstream.js';
import { ManualClock } from './manual-clock.js';

export const ttlMs = 60_000;

/** A list of tools with these names. */
export function items(...names: string[]): ListedItems {
  const items = names.map((name) => Buffer.from(JSON.stringify(tool(name))));
  return { items, offered: new Set(['tools']) };
}

/** A catalogue of one server's tools, whose fetches a test answers. */
export function catalogueOf(prefix = 'p__', mostBytes = 1e9) {
  const clock = new ManualClock();
  const events: CatalogueEvent[] = [];
  const lifetime = new AbortController();
  const memory = new ListMemory({ bytes: 1e9, ofOne: mostBytes });
  const state = { fetches: 0, answer: async () => items('a') };
  const catalogue = new Catalogue({
    kind: 'tool',
    exposure: exposureOf({ name: 's', prefix }),
    ttlMs,
    clock,
    lifetime: lifetime.signal,
    checkForms: anyForm,
    list: () => {
      state.fetches += 1;
      return state.answer();
    },
    onEvent: (event) => events.push(event),
    memory: memory.shareOf('s', 's'),
  });
  return { catalogue, clock, events, lifetime, state, memory };
}
