import type { Done } from '../calls/call.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { Catalogue } from '../lists/catalogue.js';
import type { Exposure } from './exposure.js';
import type { ItemKind } from './item-kinds.js';
import type { Upstream } from '../calls/upstream-port.js';
import type { Reviewer } from '../pins/reviewer.js';

/** A result with other URIs, and where its members are by now; no change where it is empty. */
export type RewrittenResult = Partial<Pick<Done, 'result' | 'places'>>;

/** One server behind an endpoint, with what is known of its items. */
export interface Served {
  readonly name: string;
  readonly prefix: string;
  readonly upstream: Upstream;
  readonly exposure: Exposure;
  readonly catalogues: Readonly<Record<ItemKind, Catalogue>>;
  /** As `ServerConfig.trusted`. */
  readonly trusted: boolean;
  /** As `ServerConfig.passesTrace`. */
  readonly passesTrace?: boolean | undefined;
  /** As `rewriteResult`, for results so large that to do it at once would hold up others. */
  readonly rewriteLarge?: (method: string, result: RawJson) => Promise<RewrittenResult>;
  /** Decides what of its lists is served; all of them where absent. */
  readonly pins?: Reviewer | undefined;
  /** Whether the lists are those of one caller, fetched when that caller asks. */
  readonly onDemand?: boolean;
}

/** Why items of a server are missing, fit for a client. */
export interface Unavailable {
  readonly server: string;
  readonly state: string;
  readonly reason: string;
}

/** What can be said of a server whose list of this kind is missing. */
export function unavailable(served: Served, kind: ItemKind): Unavailable {
  const { state, lastError } = served.upstream.status();
  const reason = served.catalogues[kind].lastError ?? lastError ?? 'it has not answered yet';
  return { server: served.name, state, reason };
}
