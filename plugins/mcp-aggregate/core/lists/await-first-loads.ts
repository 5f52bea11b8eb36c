import type { Clock } from '../calls/clock.js';
import type { ItemKind } from '../items/item-kinds.js';
import type { Served } from '../items/served.js';

/**
 * Starts what fetches are due and waits, `ms` at most, for servers whose first list is on its way.
 * Servers that did not answer in time once are not waited for again.
 */
export async function awaitFirstLoads(
  servers: readonly Served[],
  kind: ItemKind,
  clock: Clock,
  ms: number,
): Promise<void> {
  for (const { catalogues } of servers) catalogues[kind].refreshIfDue();
  const firsts = servers.flatMap(({ catalogues }) => catalogues[kind].firstLoad(ms) ?? []);
  if (firsts.length === 0) return;
  const longest = Math.max(...firsts.map(({ remainingMs }) => remainingMs));
  await clock.within(Promise.all(firsts.map(({ done }) => done)), longest);
}
