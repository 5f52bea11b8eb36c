import { Catalogue } from '../lists/catalogue.js';
import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import type { CatalogueEvent } from '../lists/catalogue.js';
import type { Clock } from '../calls/clock.js';
import { perKind } from './item-kinds.js';
import type { ItemKind } from './item-kinds.js';
import type { CheckForms } from './item-form.js';
import type { ListShare } from '../lists/list-memory.js';
import type { Served } from './served.js';

export interface ServeOptions {
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly checkForms: CheckForms;
  /** Where their bytes are counted. */
  readonly memory?: ListShare;
  /** Aborted when the lists are no longer needed. */
  readonly lifetime: CancelSignal;
  readonly onEvent: (kind: ItemKind, event: CatalogueEvent, served: Served) => void;
  /** Whose lists these are; those of all callers where absent. */
  readonly context?: string;
}

/** A server with lists of its own, which nobody has asked for yet. */
export function serve(
  server: Omit<Served, 'catalogues' | 'onDemand'>,
  options: ServeOptions,
): Served {
  const { context, onEvent, ...shared } = options;
  const onDemand = context !== undefined;
  const { upstream, exposure, pins } = server;
  const catalogueOf = (kind: ItemKind) =>
    new Catalogue({
      ...shared,
      kind,
      exposure,
      pins,
      onDemand,
      list: async (signal) => {
        // Many servers are asked for the first time together: one after the other.
        await shared.clock.breathe();
        return upstream.list(kind, signal, context);
      },
      onEvent: (event) => onEvent(kind, event, served),
    });
  const served: Served = { ...server, onDemand, catalogues: perKind(catalogueOf) };
  return served;
}
