import type { StdioEntry } from '../../../lib/mcp-servers/entries.js';
import type { Fetch } from '../../../lib/outbound/outbound-fetch.js';
import type { FloodBounds } from './failure/flood-gate.js';
import type { NodeLists } from './lists/node-lists.js';
import type { SharedChildren } from './stdio/shared/shared-children.js';

/** Times in milliseconds. */
export interface UpstreamTuning {
  /** First pause after a failed attempt to connect; doubles with each further one. */
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  /** First pause before a lost line that has subscriptions is set up again; doubles likewise. */
  readonly reopenBaseMs: number;
  readonly reopenMaxMs: number;
  /** Sessions held per `url` server. */
  readonly maxSessions: number;
  /** A session unused for so long is ended. */
  readonly sessionIdleMs: number;
  /** Connections per `url` server. */
  readonly maxConnections: number;
  /** Calls under way per server. */
  readonly maxCalls: number;
  /** How long a server may take to say that it speaks one era, where it may be the other. */
  readonly probeMs: number;
  readonly maxPages: number;
  readonly maxItems: number;
  /** How long a child is given after each sign that it should end. */
  readonly closeGraceMs: number;
  /** What a child may write that no call waits for. */
  readonly floodBounds?: FloodBounds;
}

export const defaultTuning: UpstreamTuning = {
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
  reopenBaseMs: 1_000,
  reopenMaxMs: 60_000,
  maxSessions: 1000,
  sessionIdleMs: 600_000,
  maxConnections: 128,
  maxCalls: 4096,
  probeMs: 5_000,
  maxPages: 1000,
  maxItems: 50_000,
  closeGraceMs: 1500,
};

/** What an upstream needs of its process. */
export interface UpstreamDeps {
  /** The expanded entry of the operator's file. Throws ConfigError for `field` where there is none. */
  readonly stdioEntry: (field: string, name: string) => StdioEntry;
  /** Environment of this process, of which children inherit a short list. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly tuning?: Partial<UpstreamTuning>;
  /** For calls to authorization servers; default the real ones. */
  readonly fetch?: Fetch;
  /** The children that workers share; each has all of its own where absent. */
  readonly children?: SharedChildren;
  /** Lists that workers share; each fetches them for itself where absent. */
  readonly lists?: NodeLists;
  /** Clock in milliseconds. */
  readonly now?: () => number;
}
