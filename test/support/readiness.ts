import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface WaitOptions {
  /** For the error message: what was waited for. */
  readonly what: string;
  /** Default 30,000. */
  readonly timeoutMs?: number;
  /** Pause between two looks; default 25. */
  readonly everyMs?: number;
}

/**
 * Looks again and again until `look` answers something other than undefined or false; a look that
 * throws counts as not yet.
 * @throws Error that says what did not happen, and why as far as the last look told
 */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  options: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + (options.timeoutMs ?? 30_000);
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`gave up waiting: ${options.what}`, { cause: last });
    await pause(options.everyMs ?? 25);
  }
}

/** Waits until somebody accepts connections at a unix socket or loopback port. */
export function untilListening(at: string | number, timeoutMs?: number): Promise<true> {
  const look = (): Promise<true> =>
    new Promise((resolve, reject) => {
      const socket = typeof at === 'string' ? connect(at) : connect(at, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });
  return until(look, { what: `nobody listens at ${at}`, ...(timeoutMs ? { timeoutMs } : {}) });
}
