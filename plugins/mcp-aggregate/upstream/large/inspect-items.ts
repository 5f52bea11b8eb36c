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
/** Characters of one list's definitions as people read them; of those beyond, the digest must do. */
const mostText = 16_777_216;

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
  let text = 0;
  for (const { batch } of batches(raws, isSmall ? here.itemBytes : batchBytes)) {
    const wanted = { ...options, texts: options.texts && text < mostText };
    if (isSmall && inspected.length > 0) await ownTurn();
    const items = isSmall
      ? batch.map((raw) => inspectItem(kind, raw, wanted))
      : await elsewhere(server, kind, batch, wanted);
    text += items.reduce((sum, item) => sum + (item?.text?.length ?? 0), 0);
    inspected.push(...items);
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
