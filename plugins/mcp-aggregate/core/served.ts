import type { Catalogue } from './catalogue.js';
import type { Upstream } from './upstream-port.js';

/** One server behind an endpoint, with what is known of its tools. */
export interface Served {
  readonly name: string;
  readonly prefix: string;
  readonly upstream: Upstream;
  readonly catalogue: Catalogue;
}

/** Why tools of a server are missing, fit for a client. */
export interface Unavailable {
  readonly server: string;
  readonly state: string;
  readonly reason: string;
}

/** What can be said of a server whose list is missing. */
export function unavailable(served: Served): Unavailable {
  const { state, lastError } = served.upstream.status();
  const reason = served.catalogue.lastError ?? lastError ?? 'it has not answered yet';
  return { server: served.name, state, reason };
}
