import { Listeners } from '../flow/listeners.js';
import type { RedisSettings } from './redis-settings.js';
import type { EndedSession } from './ended-session.js';
import type { Revoked } from './revocations.js';
import { SharedState } from './shared-state.js';
import type { SharedNews } from './shared-state.js';

export interface SharedLease {
  readonly state: SharedState;
  /** Gives it back; more than once is once. */
  readonly release: () => void;
}

interface Entry {
  readonly state: SharedState;
  users: number;
  linger: NodeJS.Timeout | undefined;
}

/** Long enough for a reload of the configuration to take the same one again. */
const lingerMs = 10_000;

/** The connections of this process, shared by all configurations that name the same Redis. */
export class SharedStates implements SharedNews {
  readonly sessionEnded = new Listeners<[ended: EndedSession]>();
  readonly revoked = new Listeners<[revoked: Revoked]>();
  readonly #entries = new Map<string, Entry>();

  acquire(settings: RedisSettings): SharedLease {
    let entry = this.#entries.get(settings.key);
    if (entry === undefined) {
      entry = { state: new SharedState(settings, this), users: 0, linger: undefined };
      this.#entries.set(settings.key, entry);
    }
    clearTimeout(entry.linger);
    entry.users += 1;
    const held = entry;
    let released = false;
    const release = () => {
      if (!released) this.#release(settings.key, held);
      released = true;
    };
    return { state: held.state, release };
  }

  get status(): readonly object[] {
    return [...this.#entries.values()].map(({ state }) => state.status);
  }

  closeAll(): void {
    for (const { state, linger } of this.#entries.values()) {
      clearTimeout(linger);
      state.close();
    }
    this.#entries.clear();
  }

  #release(key: string, entry: Entry): void {
    entry.users -= 1;
    if (entry.users > 0 || this.#entries.get(key) !== entry) return;
    entry.linger = setTimeout(() => {
      this.#entries.delete(key);
      entry.state.close();
    }, lingerMs).unref();
  }
}

/** Those of this process. */
export const sharedStates = new SharedStates();
