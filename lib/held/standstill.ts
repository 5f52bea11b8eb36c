import { ByteCounts } from './byte-counts.js';

/** One that waits for room, and what it holds meanwhile. */
export interface Standing {
  readonly caller: string;
  readonly server: string;
  readonly bytes: number;
}

/**
 * Who waits for room while holding some. Where all that is held, of a caller, a server or altogether,
 * is held by those who wait, none of them would ever be done.
 */
export class Standstill {
  readonly #callers = new ByteCounts();
  readonly #servers = new ByteCounts();

  /** Somebody begins to wait; call what it answers, once, when that is over. */
  begin({ caller, server, bytes }: Standing): () => void {
    const add = (change: number): void => {
      this.#callers.add(caller, change);
      this.#servers.add(server, change);
    };
    add(bytes);
    return () => add(-bytes);
  }

  /** @param held of this caller */
  ofCaller(caller: string, held: number): boolean {
    return held > 0 && this.#callers.of(caller) === held;
  }

  ofServer(server: string, held: number): boolean {
    return held > 0 && this.#servers.of(server) === held;
  }

  ofAll(held: number): boolean {
    return held > 0 && this.#callers.all === held;
  }
}

/** The first that is one; the others are not looked at. */
export function firstOf<T>(all: Iterable<T>, isOne: (one: T) => boolean): T | undefined {
  for (const one of all) if (isOne(one)) return one;
  return undefined;
}
