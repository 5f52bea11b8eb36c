import { wildcard } from '../../../../lib/policy/pattern.js';
import { calls, isOwnTool, ownTools } from '../../../../lib/protocol/own-tools.js';
import type { Envelope } from '../../../../lib/json/types.js';
import type { ListedInstead } from '../lists/item-list.js';
import { ownDefinitions } from './own-definitions.js';

/** How a view shows its tools: to be searched for, but for some that are listed always. */
export interface Discovery {
  /** Names of tools that are listed all the same; `*` is any text. */
  readonly listed: readonly string[];
}

/** What several views that apply to one request say together. */
export function together(all: readonly Discovery[]): Discovery | undefined {
  if (all.length === 0) return undefined;
  return { listed: all.flatMap(({ listed }) => listed) };
}

/** What stands in the list of tools in place of all of them. */
export function listedInstead({ listed }: Discovery): ListedInstead {
  const tests = listed.map(wildcard);
  return {
    key: `discovery ${JSON.stringify(listed)}`,
    first: ownDefinitions,
    keeps: (name) => !isOwnTool(name) && tests.some((test) => test(name)),
  };
}

/** Whether a message is a search for tools, which is answered by the gateway itself. */
export function isSearch(discovery: Discovery | undefined, message: Envelope): boolean {
  return discovery !== undefined && calls(message, ownTools.search);
}
