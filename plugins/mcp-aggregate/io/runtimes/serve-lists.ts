import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import { held } from '../../../../lib/held/limits.js';
import type { AggregateConfig } from '../../config/config.js';
import type { Clock } from '../../core/calls/clock.js';
import { allKinds, itemKinds } from '../../core/items/item-kinds.js';
import { serve } from '../../core/items/serve.js';
import type { Served } from '../../core/items/served.js';
import type { CallerItems, PerCallerServer } from '../../core/lists/caller-items.js';
import type { CatalogueEvent } from '../../core/lists/catalogue.js';
import { CallerPins } from '../../core/pins/caller-pins.js';
import type { ServerPins } from '../../core/pins/server-pins.js';
import type { ListNews } from '../../core/lists/list-news.js';
import { ListMemory } from '../../core/lists/list-memory.js';
import { checkForms } from '../../upstream/large/check-forms.js';
import type { ItemLog } from '../operations/item-log.js';

/**
 * Hears of lists that may have changed.
 * @param context whose list it is, as in `Runtime.contextOf`; everybody's where absent
 */
export type OnListChanged = (method: string, context?: string) => void;

/** What keeps the lists of an endpoint. */
export interface ListHost {
  readonly config: AggregateConfig;
  readonly clock: Clock;
  /** Aborted when the lists are no longer needed. */
  readonly lifetime: CancelSignal;
  readonly log: ItemLog;
  /** Undefined where all servers are shared. */
  readonly callers: () => CallerItems | undefined;
  readonly tell: OnListChanged;
  /** To the other workers. */
  readonly news: ListNews;
  /** Takes what is to be done when the lists are no longer needed. */
  readonly onClose: (remove: () => void) => void;
}

/** The lists that callers share, of all servers of this process. */
const listMemory = new ListMemory(held.lists);
/** Of one caller at one server; all of them are bounded together elsewhere. */
const ofCaller = { bytes: held.lists.ofOne, ofOne: held.lists.ofOne };

/** A server whose lists all callers share. */
export function serveShared(facts: Omit<Served, 'catalogues'>, host: ListHost): Served {
  const served = serve(facts, {
    ...optionsOf(host),
    memory: listMemory.shareOf(`${host.config.hash} ${facts.name}`, facts.name),
    onEvent: (kind, event, server) => {
      if (isChange(event)) host.tell(itemKinds[kind].changed);
      host.log.shared(kind, event, server);
    },
  });
  const invalidate = (method: string) => {
    for (const kind of allKinds) {
      if (itemKinds[kind].changed === method) served.catalogues[kind].invalidate();
    }
  };
  host.onClose(facts.upstream.onListChanged(invalidate));
  return served;
}

/** A server that shows each caller lists of their own. */
export function servePerCaller(
  facts: Omit<Served, 'catalogues' | 'pins'>,
  pins: ServerPins | undefined,
  host: ListHost,
): PerCallerServer {
  const { upstream, name: server } = facts;
  const { callers, log, news } = host;
  const markStale = (method: string, context: string | undefined) => {
    const isNews = context !== undefined && callers()?.markStale(server, context, method);
    if (isNews === true) host.tell(method, context);
  };
  const forget = (context: string) => {
    callers()?.forget({ server, context });
    news.refused({ server, context });
  };
  host.onClose(upstream.onListChanged(markStale));
  host.onClose(upstream.onCallerRefused(forget));
  const pinsOf = (context: string) =>
    pins &&
    new CallerPins(pins, (kind, digest) => news.withheld({ server, context, kind, digest }));
  return {
    upstream,
    serve: (context, onListed) =>
      serve(
        { ...facts, pins: pinsOf(context) },
        {
          ...optionsOf(host),
          memory: new ListMemory(ofCaller).shareOf('', facts.name),
          context,
          onEvent: (kind, event, server) => {
            if (isChange(event)) onListed();
            log.ofCaller(kind, event, server);
          },
        },
      ),
  };
}

/**
 * Something else of a server is approved: its lists are looked at anew.
 * @param onlyMore whether all that was approved is so still; else nothing is shown until then
 */
export function reviewAnew(
  server: Served | PerCallerServer,
  onlyMore: boolean,
  { callers, tell }: ListHost,
): void {
  if (!('catalogues' in server)) {
    callers()?.clear();
    for (const method of new Set(allKinds.map((kind) => itemKinds[kind].changed))) tell(method);
    return;
  }
  for (const kind of allKinds) {
    const catalogue = server.catalogues[kind];
    if (!onlyMore) catalogue.forget();
    catalogue.invalidate();
  }
}

function optionsOf({ config, clock, lifetime }: ListHost) {
  return { ttlMs: config.listTtlMs, clock, lifetime, checkForms };
}

function isChange({ type }: CatalogueEvent): boolean {
  return type === 'listed' || type === 'dropped';
}
