import { ownTurn } from '../../../../lib/flow/own-turn.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { WorkerLost } from '../../../../lib/off-thread/worker-pool.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import { inspectItem } from '../../core/pins/inspect-item.js';
import type { InspectedItem, InspectOptions } from '../../core/pins/inspect-item.js';
import { tooCostly } from '../failure/failures.js';
import { batches } from './batches.js';
import { largeJson } from './large-json.js';

/** Inspected here up to these sizes, and on another thread beyond, as forms are. */
const here = { itemBytes: 8_192, listBytes: 131_072 };
/** Sent to a thread at once. */
const batchBytes = 524_288;

/**
 * Inspects the items of a list; a long list or a large item on another thread.
 * @throws McpError `upstream_too_costly` where that takes too long: what cannot be told is not shown
 */
export async function inspectItems(
  server: string,
  kind: ItemKind,
  raws: readonly RawJson[],
  options: InspectOptions,
): Promise<readonly (InspectedItem | undefined)[]> {
  const bytes = raws.reduce((sum, raw) => sum + raw.length, 0);
  const isSmall = bytes <= here.listBytes && raws.every(({ length }) => length <= here.itemBytes);
  const inspected: (InspectedItem | undefined)[] = [];
  for (const { batch } of batches(raws, isSmall ? here.itemBytes : batchBytes)) {
    if (isSmall) {
      if (inspected.length > 0) await ownTurn();
      inspected.push(...batch.map((raw) => inspectItem(kind, raw, options)));
    } else inspected.push(...(await elsewhere(server, kind, batch, options)));
  }
  return inspected;
}

async function elsewhere(
  server: string,
  kind: ItemKind,
  batch: readonly RawJson[],
  options: InspectOptions,
): Promise<readonly (InspectedItem | undefined)[]> {
  try {
    return await largeJson.inspect(kind, batch, options);
  } catch (error) {
    if (error instanceof WorkerLost) throw tooCostly(server, 'a list');
    throw error;
  }
}
