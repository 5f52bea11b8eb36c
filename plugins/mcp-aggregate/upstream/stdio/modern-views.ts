import type { ServerConfig } from '../../config/config.js';
import { partyKey } from '../conversation/link.js';
import type { LinkEvents, Party } from '../conversation/link.js';
import { ModernView } from './modern-view.js';
import type { ChildLine } from './shared/child-line.js';

interface Kept {
  readonly party: Party;
  readonly line: ChildLine;
  readonly view: ModernView;
}

/** The parts that parties have in children that keep no sessions, by party. */
export class ModernViews {
  readonly #server: ServerConfig;
  readonly #events: LinkEvents;
  readonly #kept = new Map<string, Kept>();

  constructor(server: ServerConfig, events: LinkEvents) {
    this.#server = server;
    this.#events = events;
  }

  /** The party's part in this child; made anew, with what it had subscribed to, where the child is. */
  of(party: Party, line: ChildLine): ModernView {
    const key = partyKey(party);
    const known = this.#kept.get(key);
    if (known?.line === line) return known.view;
    known?.view.close();
    const hears = party.listens === true;
    const onLost = () => this.lose(party);
    const view = new ModernView(this.#server, line, { party, events: this.#events, hears, onLost });
    this.#kept.set(key, { party, line, view });
    if (party.conversation !== undefined) this.#events.onOpened(party, view);
    return view;
  }

  /** What the party was to hear of is not heard any more. */
  lose(party: Party): void {
    if (this.end(party)) this.#events.onLost(party);
  }

  /** Nobody listens any more; answers whether somebody did. */
  end(party: Party): boolean {
    const key = partyKey(party);
    this.#kept.get(key)?.view.close();
    return this.#kept.delete(key);
  }

  endConversation(conversation: string): void {
    for (const { party } of [...this.#kept.values()]) {
      if (party.conversation === conversation) this.end(party);
    }
  }

  /** A child has ended. */
  sweep(): void {
    for (const { party, line } of [...this.#kept.values()]) if (!line.alive) this.lose(party);
  }
}
