import type { Listeners } from '../../../../lib/flow/listeners.js';
import { deadlineOf } from '../../config/config-patience.js';
import type { ServerConfig } from '../../config/config.js';
import type { DirectConfig } from '../../config/servers/direct-config.js';
import { decidingCapabilities } from '../../core/direct/direct-target.js';
import type { DirectWay, LentSession } from '../../core/direct/direct-way.js';
import type { Loan, LoanAsk, Recall, SessionLoans } from '../../core/direct/session-loans.js';
import type { Circuits } from '../circuits/circuits.js';
import type { Link, Party } from '../conversation/link.js';
import type { Credentials } from '../credentials/credentials.js';
import type { Health } from '../failure/health.js';
import { staticHeaders } from '../http/requests/static-headers.js';

export interface DirectWaysOptions {
  readonly server: ServerConfig & { readonly direct: DirectConfig };
  readonly link: Pick<Link, 'known' | 'linesOf' | 'takesLogLevel'>;
  readonly health: Pick<Health, 'status'>;
  readonly circuits: Pick<Circuits, 'quiet'> | undefined;
  readonly credentials: Pick<Credentials, 'known' | 'leftMs'> | undefined;
  /** Told of loans that hold no longer. */
  readonly recalls: Listeners<[Recall]>;
}

/**
 * The ways past this process to one server (design D21): on a session that was made here for one
 * conversation alone, or without any. What has to be fetched or found out first has none yet.
 */
export class DirectWays implements SessionLoans {
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
    const line = this.#line(party);
    // On a session of many, ids of clients would meet.
    if (line === undefined || (!line.modern && party.conversation === undefined)) return undefined;
    const credential = this.#credential(party.context);
    if (credential === undefined) return undefined;
    const session = line.modern ? {} : line.passing?.(party.logLevel);
    return session && this.#way({ ...session, ...credential }, tool, line);
  }

  lend({ context, conversation, logLevel, ms: askedMs }: LoanAsk): Loan | undefined {
    const { link, credentials } = this.#options;
    const line = this.#line({ context, conversation });
    if (line === undefined || line.modern) return undefined;
    const credential = this.#credential(context);
    // Nobody uses a token that is to be renewed by then.
    const ms = Math.min(askedMs, credentials?.leftMs(context) ?? Infinity);
    if (credential === undefined || ms <= 0) return undefined;
    const session = line.passing?.(link.takesLogLevel ? logLevel : undefined, ms);
    if (session === undefined) return undefined;
    // A server may declare more than another worker should be sent.
    const offered = decidingCapabilities.filter((name) => line.offered.has(name));
    return { headers: { ...session, ...credential }, offered: new Set(offered), ms };
  }

  onRecall(listener: (recall: Recall) => void): () => void {
    return this.#options.recalls.add(listener);
  }

  by({ headers, offered }: LentSession, tool: string | undefined): DirectWay {
    return this.#way(headers, tool, { modern: false, offered });
  }

  #line(party: Party) {
    const { link, health, circuits } = this.#options;
    if (health.status.state !== 'ready' || circuits?.quiet === false) return undefined;
    return link.known?.(party);
  }

  /** Undefined where it has to be fetched. */
  #credential(context: string): Readonly<Record<string, string>> | undefined {
    const token = this.#options.credentials?.known(context);
    if (token === false) return undefined;
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  #way(
    headers: Readonly<Record<string, string>>,
    tool: string | undefined,
    { modern, offered }: Pick<DirectWay, 'modern' | 'offered'>,
  ): DirectWay {
    const { server } = this.#options;
    return {
      settings: server.direct,
      silenceMs: deadlineOf(server, tool),
      headers: { ...this.#headers, ...headers },
      modern,
      offered,
    };
  }
}
