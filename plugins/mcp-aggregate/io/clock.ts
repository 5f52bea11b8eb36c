import type { Clock } from '../core/calls/clock.js';
import { turnWhenDue } from '../../../lib/flow/own-turn.js';

/** The real time. Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  within: async (promise, ms) => {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ms);
      timer.unref();
    });
    try {
      return await Promise.race([promise, timeout]);
    } finally {
      clearTimeout(timer);
    }
  },
  breathe: turnWhenDue,
};
