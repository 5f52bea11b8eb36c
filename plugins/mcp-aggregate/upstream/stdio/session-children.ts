import { McpError } from '../../../../lib/errors/errors.js';
import { log } from '../../../../lib/log.js';
import type { Line, Party } from '../conversation/link.js';
import type { ChildCount } from './child-count.js';
import type { Keeper } from './keeper.js';

export interface SessionChildrenOptions {
  readonly server: string;
  /** A child unused for so long is ended, in milliseconds. */
  readonly idleMs: number;
  /** Conversations remembered, with or without a child. */
  readonly mostKept: number;
  /** Bounds on the children of this server, and of the process. */
  readonly counts: readonly ChildCount[];
  readonly keep: (party: Party, hooks: ChildHooks) => Keeper;
}

export interface ChildHooks {
  readonly admit: () => Promise<() => void>;
  readonly onIdle: () => void;
}

interface Kept {
  readonly keeper: Keeper;
  readonly owner: string | undefined;
  readonly timer: NodeJS.Timeout;
}

/** One child per client session, ended with it or when it has not been used for a while. */
export class SessionChildren {
  readonly #options: SessionChildrenOptions;
  /** By conversation, the one unused for longest first. */
  readonly #kept = new Map<string, Kept>();
  /** Conversations whose child is to say something at any time: it is neither idle nor evicted. */
  readonly #held = new Set<string>();
  readonly #ending = new Set<Promise<void>>();

  constructor(options: SessionChildrenOptions) {
    this.#options = options;
  }

  /** @throws McpError `overloaded` */
  of(party: Party & { readonly conversation: string }): Keeper {
    const { conversation } = party;
    const kept = this.#kept.get(conversation) ?? this.#add(party);
    kept.timer.refresh();
    this.#kept.delete(conversation);
    this.#kept.set(conversation, kept);
    return kept.keeper;
  }

  /** Keeps the child of a conversation although nobody calls; false where too many are kept. */
  hold(conversation: string): boolean {
    if (this.#held.has(conversation)) return true;
    if (this.#held.size >= this.#options.mostKept) return false;
    this.#held.add(conversation);
    return true;
  }

  release(conversation: string): void {
    this.#held.delete(conversation);
    this.#kept.get(conversation)?.timer.refresh();
  }

  linesOf(conversation: string): readonly Line[] {
    const line = this.#kept.get(conversation)?.keeper.line;
    return line ? [line] : [];
  }

  /** Ends the child of a conversation, in the background. */
  end(conversation: string): void {
    void this.#end(conversation);
  }

  /** Resolves when none is left. */
  async close(): Promise<void> {
    for (const conversation of [...this.#kept.keys()]) this.end(conversation);
    await Promise.all(this.#ending);
  }

  #add(party: Party & { readonly conversation: string }): Kept {
    const { conversation, owner } = party;
    const { idleMs, mostKept, keep } = this.#options;
    if (this.#kept.size >= mostKept) {
      const [spent] =
        [...this.#kept].find(([name, { keeper }]) => !keeper.running && !this.#held.has(name)) ??
        [];
      if (spent === undefined) throw this.#overloaded();
      this.end(spent);
    }
    const timer = setTimeout(() => {
      if (kept.keeper.busy || this.#held.has(conversation)) timer.refresh();
      else this.end(conversation);
    }, idleMs).unref();
    // Refreshing a timer sets it going again, even one that was cleared.
    const onIdle = () => {
      if (this.#kept.get(conversation) === kept) timer.refresh();
    };
    const hooks = { admit: () => this.#admit(owner), onIdle };
    const kept: Kept = { keeper: keep(party, hooks), owner, timer };
    return kept;
  }

  /** Makes room by ending the caller's own children, the one unused for longest first. */
  async #admit(owner: string | undefined): Promise<() => void> {
    const { counts, server } = this.#options;
    while (counts.some((count) => count.isFull(owner))) {
      const [oldest] =
        [...this.#kept].find(([name, kept]) => kept.owner === owner && this.#isSpare(name, kept)) ??
        [];
      if (oldest === undefined) throw this.#overloaded();
      log('info', 'stdio_child_evicted', { server });
      await this.#end(oldest);
    }
    const leaves = counts.map((count) => count.enter(owner));
    return () => {
      for (const leave of leaves) leave();
    };
  }

  #isSpare(name: string, { keeper }: Kept): boolean {
    return keeper.running && !keeper.busy && !this.#held.has(name);
  }

  async #end(conversation: string): Promise<void> {
    this.#held.delete(conversation);
    const kept = this.#kept.get(conversation);
    if (kept === undefined) return;
    this.#kept.delete(conversation);
    clearTimeout(kept.timer);
    const ended = kept.keeper.close();
    this.#ending.add(ended);
    await ended;
    this.#ending.delete(ended);
  }

  #overloaded(): McpError {
    const { server, counts } = this.#options;
    const message = `server ${server} has as many children for sessions as it may have`;
    return new McpError('overloaded', message, { server, limit: counts[0]?.most });
  }
}
