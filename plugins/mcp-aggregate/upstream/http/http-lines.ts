import type { McpError } from '../../../../lib/errors/errors.js';
import { LineTable } from '../conversation/line-table.js';
import { partyKey } from '../conversation/link.js';
import type { Line, Party } from '../conversation/link.js';
import type { Era } from '../eras/era-memory.js';
import { ModernLine } from '../modern/modern-line.js';
import type { UpstreamTuning } from '../upstream-deps.js';
import type { SessionLine } from './session-line.js';

/** The lines to one server, of both kinds: those of single parties, and the ones of all others. */
export class HttpLines {
  readonly #sessions: LineTable<SessionLine>;
  readonly #modern: LineTable<ModernLine>;
  readonly #perCaller: boolean;
  /** Of a server that does not tell callers apart. */
  readonly #shared: { legacy?: SessionLine | undefined; modern?: ModernLine | undefined } = {};

  /** @param perCaller whether each caller has a token of its own at the server */
  constructor(tuning: Pick<UpstreamTuning, 'maxSessions' | 'sessionIdleMs'>, perCaller: boolean) {
    const bounds = { most: tuning.maxSessions, idleMs: tuning.sessionIdleMs };
    this.#sessions = new LineTable({ ...bounds, onGivenUp: (line) => line.retire() });
    this.#modern = new LineTable({ ...bounds, onGivenUp: (line) => line.retire() });
    this.#perCaller = perCaller;
  }

  /** The line of a party in this era, if there is one. */
  of(era: Era, party: Party): SessionLine | ModernLine | undefined {
    const key = partyKey(party);
    if (era === 'legacy') return this.#shared.legacy ?? this.#sessions.get(key);
    return this.#modern.get(key) ?? (this.#isOwn(party) ? undefined : this.#shared.modern);
  }

  keep(party: Party, line: SessionLine | ModernLine): void {
    const key = partyKey(party);
    if (line instanceof ModernLine) {
      if (this.#isOwn(party) || party.listens === true) this.#modern.set(key, line, party);
      else this.#shared.modern = line;
    } else if (line.hasSession || this.#perCaller) this.#sessions.set(key, line, party);
    else this.#shared.legacy = line;
  }

  /** Takes this very line out; answers whether it was one of this party alone. */
  remove(party: Party, line: Line): boolean {
    if (this.#shared.legacy === line) this.#shared.legacy = undefined;
    if (this.#shared.modern === line) this.#shared.modern = undefined;
    const table = line instanceof ModernLine ? this.#modern : this.#sessions;
    return table.remove(partyKey(party), line);
  }

  /** Of whichever era the line will be; false where too many are held. */
  hold(party: Party): boolean {
    const key = partyKey(party);
    if (!this.#sessions.hold(key, party.owner)) return false;
    if (this.#modern.hold(key, party.owner)) return true;
    this.#sessions.release(key);
    return false;
  }

  release(party: Party): void {
    this.#sessions.release(partyKey(party));
    this.#modern.release(partyKey(party));
  }

  /** Those of a conversation that the server has to be told things on. */
  sessionsOf(conversation: string): readonly SessionLine[] {
    return this.#sessions.find((key) => key.endsWith(` ${conversation}`));
  }

  endConversation(conversation: string): void {
    const isOf = (key: string) => key.endsWith(` ${conversation}`);
    for (const line of this.#sessions.take(isOf)) line.retire(true);
    for (const line of this.#modern.take(isOf)) line.retire();
  }

  /** Ends all, with every call under way. */
  async close(closed: McpError): Promise<void> {
    const { legacy, modern } = this.#shared;
    const lines = [...this.#sessions.take(() => true), ...(legacy ? [legacy] : [])];
    const others = [...this.#modern.take(() => true), ...(modern ? [modern] : [])];
    this.#shared.legacy = this.#shared.modern = undefined;
    for (const line of others) line.close(closed);
    await Promise.all(lines.map((line) => line.close(closed)));
  }

  /** Whether a line without sessions is for this party alone: where its token is, or what it hears. */
  #isOwn({ keeps }: Party): boolean {
    return keeps === true || this.#perCaller;
  }
}
