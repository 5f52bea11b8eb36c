import { WorkerLost } from '../../../../lib/off-thread/worker-pool.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { ownTurn } from '../../../../lib/flow/own-turn.js';
import { formFault } from '../../core/items/item-form.js';
import type { FormFault, FormFaults } from '../../core/items/item-form.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import { batches } from './batches.js';
import { largeJson } from './large-json.js';

/**
 * Checked here up to these sizes, and on another thread beyond: an item of the worst shape takes most
 * of a millisecond for each KiB, and starting a thread 150 ms of CPU and 30 MiB.
 */
const here = { itemBytes: 8_192, listBytes: 131_072 };
/** Sent to a thread at once. */
const batchBytes = 524_288;
const unchecked: FormFault = { reason: 'its form could not be checked', legacyOnly: false };

/** Checks the forms of items (`formFault`); a long list or a large item on another thread. */
export async function checkForms(kind: ItemKind, raws: readonly RawJson[]): Promise<FormFaults> {
  const bytes = raws.reduce((sum, raw) => sum + raw.length, 0);
  const isSmall = bytes <= here.listBytes && raws.every((raw) => raw.length <= here.itemBytes);
  return isSmall ? checkHere(kind, raws) : checkElsewhere(kind, raws);
}

async function checkHere(kind: ItemKind, raws: readonly RawJson[]): Promise<FormFaults> {
  const faults = new Map<number, FormFault>();
  for (const { from, batch } of batches(raws, here.itemBytes)) {
    if (from > 0) await ownTurn();
    for (const [index, raw] of batch.entries()) {
      const fault = formFault(kind, raw);
      if (fault !== undefined) faults.set(from + index, fault);
    }
  }
  return faults;
}

async function checkElsewhere(kind: ItemKind, raws: readonly RawJson[]): Promise<FormFaults> {
  const faults = new Map<number, FormFault>();
  for (const { from, batch } of batches(raws, batchBytes)) {
    for (const [index, fault] of await checkBatch(kind, batch)) faults.set(from + index, fault);
  }
  return faults;
}

async function checkBatch(kind: ItemKind, batch: readonly RawJson[]): Promise<FormFaults> {
  try {
    return await largeJson.forms(kind, batch);
  } catch (error) {
    if (!(error instanceof WorkerLost)) throw error;
    return new Map(batch.map((_, index) => [index, unchecked]));
  }
}
