import type { StdioEntry } from '../../../../lib/mcp-servers/entries.js';
import type { ServerConfig } from '../../config/config.js';
import type { KnownEras } from '../../core/calls/upstream-port.js';
import { Health } from '../failure/health.js';
import type { Line, Link, LinkEvents, OpenLine, Party } from '../conversation/link.js';
import type { UpstreamTuning } from '../upstream-deps.js';
import { ChildCount, childrenOfProcess } from './child-count.js';
import { Keeper } from './keeper.js';
import type { KeeperOptions } from './keeper.js';
import { erasOf, preferredBy } from '../eras/choice.js';
import { EraMemory } from '../eras/era-memory.js';
import type { Era } from '../eras/era-memory.js';
import { ModernViews } from './modern-views.js';
import { SessionChildren } from './session-children.js';
import type { ChildKeeper, HostedChild, OnGone, Spoken } from './shared/child-line.js';
import { RemoteKeeper } from './shared/remote-keeper.js';
import type { SharedChildren } from './shared/shared-children.js';

export interface StdioLinkOptions {
  readonly entry: StdioEntry;
  readonly env: Record<string, string>;
  readonly tuning: UpstreamTuning;
  /** The children that workers share; absent where each has all of its own. */
  readonly children?: SharedChildren | undefined;
}

/**
 * A `stdio` server: one child for all callers, or one per client session and one for calls without
 * a session, which can never ask. Lists come from a child of their own where the server is told for
 * them that clients can be asked.
 */
export class StdioLink implements Link {
  readonly perConversation: boolean;
  readonly #shared: ChildKeeper;
  readonly #sessions: SessionChildren;
  readonly #keep: (health: Health, more?: Partial<KeeperOptions>) => Keeper;
  readonly #health: Health;
  readonly #eras: EraMemory;
  readonly #views: ModernViews;
  /** Other workers that use the child. */
  readonly #watchers = new Set<OnGone>();
  readonly #withdraw: () => void;
  #lister: Keeper | undefined;

  constructor(server: ServerConfig, options: StdioLinkOptions, health: Health, events: LinkEvents) {
    const { entry, env, tuning } = options;
    const perConversation = server.stdioScope === 'session';
    this.perConversation = perConversation;
    const { closeGraceMs, floodBounds } = tuning;
    const shared = { entry, env, closeGraceMs, floodBounds, events, perConversation };
    this.#health = health;
    this.#eras = new EraMemory(erasOf(server), Date.now);
    this.#views = new ModernViews(server, events);
    const common = { ...shared, onGone: () => this.#views.sweep() };
    // One child for all has no session to lose: what asks there, asks without.
    const ofAll = this.#opening('modern');
    this.#keep = (own, more) => new Keeper(server, { ...common, ...ofAll, health: own, ...more });
    [this.#shared, this.#withdraw] = this.#share(server, options.children);
    const { stdioMaxChildren: most } = server;
    const mostChildren = options.children?.shareOf(most) ?? most;
    this.#sessions = new SessionChildren({
      server: server.name,
      idleMs: tuning.sessionIdleMs,
      mostKept: tuning.maxSessions,
      counts: [new ChildCount(mostChildren), childrenOfProcess],
      keep: (party, hooks) =>
        new Keeper(server, {
          ...common,
          ...hooks,
          ...this.#opening(preferredBy(party)),
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
    return this.perConversation || this.#eras.settled('', 'modern') !== 'legacy';
  }

  get eras(): KnownEras {
    return this.#eras.known;
  }

  async open(party: Party): Promise<OpenLine> {
    const opened = await this.#keeperOf(party).open();
    const { line } = opened;
    if (!line.modern) return opened;
    if (party.keeps !== true && party.listens !== true) return opened;
    return { ...opened, line: this.#views.of(party, line) };
  }

  /** Children do not lose their sessions. */
  forget(party: Party): void {
    this.#views.lose(party);
  }

  hold({ conversation }: Party): boolean {
    return conversation !== undefined && this.#sessions.hold(conversation);
  }

  release(party: Party): void {
    const { conversation } = party;
    if (conversation !== undefined) this.#sessions.release(conversation);
    this.#views.end(party);
  }

  linesOf(conversation: string): readonly Line[] {
    return this.#sessions.linesOf(conversation);
  }

  endConversation(conversation: string): void {
    this.#sessions.end(conversation);
    this.#views.endConversation(conversation);
  }

  async close(): Promise<void> {
    this.#withdraw();
    await Promise.all([this.#shared.close(), this.#lister?.close(), this.#sessions.close()]);
  }

  /** The child for all callers: this worker's, which others may use, or another one's. */
  #share(
    server: ServerConfig,
    children: SharedChildren | undefined,
  ): [keeper: ChildKeeper, withdraw: () => void] {
    const connect = children?.wayTo(server);
    if (connect !== undefined) {
      const { onOpened } = this.#opening('modern');
      const onGone = () => this.#views.sweep();
      const options = { health: this.#health, connect, onOpened, onGone };
      return [new RemoteKeeper(server, options), () => undefined];
    }
    const keeper = this.#keep(this.#health, { onGone: (why) => this.#onGone(why) });
    const watch: HostedChild['watch'] = (told) => this.#watch(told);
    const hosted: HostedChild = { open: () => keeper.open(), watch };
    children?.offer(server, hosted);
    return [keeper, () => children?.withdraw(server, hosted)];
  }

  #watch(watcher: OnGone): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  #onGone(why: string): void {
    this.#views.sweep();
    for (const tell of [...this.#watchers]) tell(why);
  }

  #opening(preferred: Era) {
    return {
      order: () => this.#eras.order('', preferred),
      onOpened: ({ era, refused }: Spoken) => {
        this.#eras.speaks('', era);
        const other = era === 'modern' ? 'legacy' : 'modern';
        if (refused) this.#eras.refuses('', other, true);
      },
    };
  }

  /** @throws McpError `overloaded` */
  #keeperOf(party: Party): ChildKeeper {
    if (!this.perConversation) return this.#shared;
    const { conversation } = party;
    if (conversation !== undefined) return this.#sessions.of({ ...party, conversation });
    if (!party.capabilities) return this.#shared;
    return (this.#lister ??= this.#keep(this.#health, { party }));
  }
}
