import { LRUCache } from 'lru-cache';
import { counted } from '../../../../lib/held/counts.js';
import type { Session } from './sessions.js';

const { most: mostSessions } = counted.logLevels;

/**
 * Log levels that sessions have set. Kept in this process only: after a restart, or when more
 * sessions set one than are remembered, servers decide again what they send.
 */
export class LogLevels {
  readonly #levels: LRUCache<string, string>;

  constructor(capacity: number = mostSessions) {
    this.#levels = new LRUCache({ max: capacity });
  }

  set(session: Session, level: string): void {
    this.#levels.set(session.id, level);
  }

  of(session: Pick<Session, 'id'> | undefined): string | undefined {
    return session && this.#levels.get(session.id);
  }

  end(session: Pick<Session, 'id'>): void {
    this.#levels.delete(session.id);
  }
}
