import type { StdioEntry } from '../../../../lib/mcp-servers/entries.js';
import type { ServerConfig } from '../../config/config.js';
import type { KnownEras } from '../../core/calls/upstream-port.js';
import { Health } from '../failure/health.js';
import type { Line, Link, LinkEvents, OpenLine, Party } from '../conversation/link.js';
import type { UpstreamTuning } from '../upstream-deps.js';
import { ChildCount, childrenOfProcess } from './child-count.js';
import { Keeper } from './keeper.js';
import { SessionChildren } from './session-children.js';

export interface StdioLinkOptions {
  readonly entry: StdioEntry;
  readonly env: Record<string, string>;
  readonly tuning: UpstreamTuning;
}

/**
 * A `stdio` server: one child for all callers, or one per client session and one for calls without
 * a session, which can never ask. Lists come from a child of their own where the server is told for
 * them that clients can be asked.
 */
export class StdioLink implements Link {
  readonly eras: KnownEras = { legacy: undefined, modern: undefined };
  readonly perConversation: boolean;
  readonly #shared: Keeper;
  readonly #sessions: SessionChildren;
  readonly #keep: (health: Health, party?: Party) => Keeper;
  readonly #health: Health;
  #lister: Keeper | undefined;

  constructor(
    server: ServerConfig,
    { entry, env, tuning }: StdioLinkOptions,
    health: Health,
    events: LinkEvents,
  ) {
    const perConversation = server.stdioScope === 'session';
    this.perConversation = perConversation;
    const { closeGraceMs, floodBounds } = tuning;
    const common = { entry, env, closeGraceMs, floodBounds, events, perConversation };
    this.#health = health;
    this.#keep = (own, party) => new Keeper(server, { ...common, health: own, party });
    this.#shared = this.#keep(health);
    this.#sessions = new SessionChildren({
      server: server.name,
      idleMs: tuning.sessionIdleMs,
      mostKept: tuning.maxSessions,
      counts: [new ChildCount(server.stdioMaxChildren), childrenOfProcess],
      keep: (party, hooks) =>
        new Keeper(server, {
          ...common,
          ...hooks,
          party,
          health: new Health(server.name, { tuning }),
        }),
    });
  }

  /** What one caller of a shared child wants to read must not be set for all. */
  get takesLogLevel(): boolean {
    return this.perConversation;
  }

  separates(): boolean {
    return this.perConversation;
  }

  open(party: Party): Promise<OpenLine> {
    return this.#keeperOf(party).open();
  }

  /** Children do not lose their sessions. */
  forget(): void {}

  hold({ conversation }: Party): boolean {
    return conversation !== undefined && this.#sessions.hold(conversation);
  }

  release({ conversation }: Party): void {
    if (conversation !== undefined) this.#sessions.release(conversation);
  }

  linesOf(conversation: string): readonly Line[] {
    return this.#sessions.linesOf(conversation);
  }

  endConversation(conversation: string): void {
    this.#sessions.end(conversation);
  }

  async close(): Promise<void> {
    await Promise.all([this.#shared.close(), this.#lister?.close(), this.#sessions.close()]);
  }

  /** @throws McpError `overloaded` */
  #keeperOf(party: Party): Keeper {
    if (!this.perConversation) return this.#shared;
    const { conversation } = party;
    if (conversation !== undefined) return this.#sessions.of({ ...party, conversation });
    if (!party.capabilities) return this.#shared;
    return (this.#lister ??= this.#keep(this.#health, party));
  }
}
