import { HeldBytes } from '../../../../lib/held/held-bytes.js';
import type { Hold } from '../../../../lib/held/held-bytes.js';
import { held } from '../../../../lib/held/limits.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { ListedItems } from '../../core/calls/upstream-port.js';

const { fetchedLists: limit } = held;
const pool = new HeldBytes({ ...limit, ofServer: limit.bytes });

/** Most bytes of one list as it is fetched. */
export const maxListBytes = limit.ofOne;

/**
 * Fetches a list while its pages are counted; reading waits while there is no room. What it answers
 * is counted until it is released.
 * @param server tells servers apart
 * @param fetch is given what counts the page that is being read, and is told of each page
 */
export async function countedList(
  server: string,
  fetch: (hold: Hold, onPage: (page: RawJson) => RawJson) => Promise<Omit<ListedItems, 'release'>>,
): Promise<ListedItems> {
  const hold = pool.hold(server);
  const onPage = (page: RawJson): RawJson => {
    hold.keep(page.length);
    return page;
  };
  try {
    return { ...(await fetch(hold, onPage)), release: () => hold.release() };
  } catch (error) {
    hold.release();
    throw error;
  }
}
