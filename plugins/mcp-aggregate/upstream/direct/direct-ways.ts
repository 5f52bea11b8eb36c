import { deadlineOf } from '../../config/config-patience.js';
import type { ServerConfig } from '../../config/config.js';
import type { DirectConfig } from '../../config/direct-config.js';
import type { DirectWay } from '../../core/direct/direct-way.js';
import type { Link, Party } from '../conversation/link.js';
import type { Credentials } from '../credentials/credentials.js';
import type { Health } from '../failure/health.js';
import { staticHeaders } from '../http/requests/static-headers.js';

export interface DirectWaysOptions {
  readonly server: ServerConfig & { readonly direct: DirectConfig };
  readonly link: Pick<Link, 'known' | 'linesOf'>;
  readonly health: Pick<Health, 'status'>;
  readonly credentials: Credentials | undefined;
}

/**
 * The ways past this process to one server (design D21): on a session that was made here for one
 * conversation alone, or without any. What has to be fetched or found out first has none yet.
 */
export class DirectWays {
  readonly #options: DirectWaysOptions;
  readonly #headers: Readonly<Record<string, string>>;

  /** @throws ConfigError for headers that cannot be sent */
  constructor(options: DirectWaysOptions) {
    this.#options = options;
    this.#headers = staticHeaders(options.server);
  }

  /** As `Upstream.cancelPassed`. */
  cancel(conversation: string, id: string): void {
    for (const line of this.#options.link.linesOf(conversation)) line.cancelPassed?.(id);
  }

  /** @param tool the server's own name, where it is a tool that is called */
  of(party: Party, tool: string | undefined): DirectWay | undefined {
    const { server, link, health, credentials } = this.#options;
    if (health.status.state !== 'ready') return undefined;
    const line = link.known?.(party);
    if (line === undefined) return undefined;
    // On a session of many, ids of clients would meet.
    if (!line.modern && party.conversation === undefined) return undefined;
    const session = line.modern ? undefined : line.passing?.(party.logLevel);
    if (session === undefined && !line.modern) return undefined;
    const token = credentials?.known(party.context);
    if (token === false) return undefined;
    const authorization = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    return {
      settings: server.direct,
      silenceMs: deadlineOf(server, tool),
      headers: { ...this.#headers, ...session, ...authorization },
      modern: line.modern,
      offered: line.offered,
    };
  }
}
