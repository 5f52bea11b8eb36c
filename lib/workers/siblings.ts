import type { Duplex } from 'node:stream';

/** Another worker cannot be reached: it has ended, or does not answer in time. */
export class SiblingGoneError extends Error {
  constructor(slot: number) {
    super(`worker ${slot} cannot be reached`);
    this.name = 'SiblingGoneError';
  }
}

/** Takes back a registration. */
export type Remove = () => void;

/** The worker processes that serve one socket together, as one of them sees them (design D17). */
export interface Siblings {
  /** Which of them this one is, from 0; a worker that takes the place of a dead one has its slot. */
  readonly slot: number;
  /** How many there are, a worker for authentication aside; 1 where this process is alone. */
  readonly count: number;
  /** The slot, beyond the others, of the worker that does authentication alone; undefined without. */
  readonly authentication: number | undefined;
  /** Loopback port of the aggregator of a slot, its own too; undefined while that is down. */
  portOf(slot: number): number | undefined;
  /** Tells the others where this process's aggregator listens. */
  announce(port: number): void;
  /** Sends a small message to all others; who is down misses it. */
  tell(topic: string, message: unknown): void;
  /** Takes what the others tell. */
  onTold(topic: string, take: (message: unknown, from: number) => void): Remove;
  /**
   * Opens a private stream of bytes to another worker.
   * @param hello what its `onConnect` is told beside
   * @throws SiblingGoneError
   */
  connect(slot: number, topic: string, hello: unknown): Promise<Duplex>;
  /** Takes the streams that others open. */
  onConnect(topic: string, take: (stream: Duplex, hello: unknown, from: number) => void): Remove;
}

/** A process without others. */
class Alone implements Siblings {
  readonly slot = 0;
  readonly count = 1;
  readonly authentication = undefined;
  #port: number | undefined;

  portOf(slot: number): number | undefined {
    return slot === 0 ? this.#port : undefined;
  }

  announce(port: number): void {
    this.#port = port;
  }

  tell(): void {}

  onTold(): Remove {
    return () => undefined;
  }

  connect(slot: number): Promise<Duplex> {
    return Promise.reject(new SiblingGoneError(slot));
  }

  onConnect(): Remove {
    return () => undefined;
  }
}

let current: Siblings = new Alone();

/** Whether another process may take up what this one hands over for a request. */
export function areSeveral({ count, authentication }: Siblings): boolean {
  return count > 1 || authentication !== undefined;
}

/** Those of this process. */
export function siblings(): Siblings {
  return current;
}

/** Called once by the host of a worker, before plugins are loaded. */
export function joinSiblings(those: Siblings): void {
  current = those;
}
