import type { Frame } from '../../../../lib/workers/frames.js';
import type { LeaseAnswer } from './lease-book.js';

/** Streams on which workers lend each other sessions at servers, for direct calls. */
export const leaseTopic = 'session_leases';

/** How long a session is lent, in milliseconds. */
export const leaseMs = 10_000;

/** One worker asks the keeper of a session for a lease of what belongs to it at a server. */
export interface Ask {
  readonly t: 'ask';
  /** Names the ask on this stream, and the lease. */
  readonly n: number;
  /** Hash of the endpoint's configuration. */
  readonly config: string;
  readonly server: string;
  readonly context: string;
  readonly conversation: string;
}

/** Leases that were taken back are not used any more. */
export interface Dropped {
  readonly t: 'dropped';
  /** The `recall` that this answers. */
  readonly r: number;
}

export type ToKeeper = Ask | Dropped;

/** What was asked for; nothing where `headers` are absent. Holds secrets. */
interface Lent {
  readonly t: 'lent';
  readonly n: number;
  readonly ms?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly offered?: readonly string[];
}

/** Leases that hold no longer, by their asks. */
interface Recalled {
  readonly t: 'recall';
  readonly r: number;
  readonly ns: readonly number[];
}

export type FromKeeper = Lent | Recalled;

export function toKeeper({ head }: Frame): ToKeeper {
  return head as unknown as ToKeeper;
}

export function fromKeeper({ head }: Frame): FromKeeper {
  return head as unknown as FromKeeper;
}

/** The answer to an ask as it is sent. */
export function lentFrame(n: number, answer: LeaseAnswer): Frame['head'] {
  if (answer === undefined) return { t: 'lent', n } satisfies Lent;
  const { ms, headers, offered } = answer;
  return { t: 'lent', n, ms, headers, offered: [...offered] } satisfies Lent;
}

export function readLent({ ms, headers, offered }: Lent): LeaseAnswer {
  if (ms === undefined || headers === undefined || offered === undefined) return undefined;
  return { ms, headers, offered: new Set(offered) };
}
