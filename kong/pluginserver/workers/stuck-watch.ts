import { log } from '../../../lib/log.js';
import { mainThreadCpuMs } from './main-thread-cpu.js';
import type { Slot } from './slot.js';

export interface StuckWatchOptions {
  /** Between two looks, in milliseconds. */
  readonly lookMs: number;
  /** Processor time after which a worker that does not answer is stuck, in milliseconds. */
  readonly stuckMs: number;
  /** As `mainThreadCpuMs`. */
  readonly cpuOf: (pid: number) => number | undefined;
}

type Watched = Pick<Slot, 'slot' | 'live' | 'pid' | 'channel' | 'replace'>;

interface Asked {
  readonly pid: number;
  /** What the process had used when it was asked. */
  readonly cpuMs: number;
  suspect: boolean;
}

const usual: StuckWatchOptions = { lookMs: 3_000, stuckMs: 10_000, cpuOf: mainThreadCpuMs };
/** A process that has answered nothing for so long, and worked little, is asked anew. */
const longestMs = 3_600_000;

/**
 * Replaces workers whose event loop does not turn any more. What counts is the work that a worker has
 * done since it was asked and did not answer: one that is not given the processor, by a loaded
 * machine, a stopped process or a machine that sleeps, uses none.
 * @returns what ends it
 */
export function watchStuck(
  slots: readonly Watched[],
  { lookMs, stuckMs, cpuOf }: StuckWatchOptions = usual,
): () => void {
  const asked = new Map<Watched, Asked>();

  const look = (slot: Watched): void => {
    const { pid, channel, live } = slot;
    const cpuMs = live && pid !== undefined ? cpuOf(pid) : undefined;
    if (pid === undefined || cpuMs === undefined || channel === undefined) {
      return void asked.delete(slot);
    }
    const before = asked.get(slot);
    if (before?.pid !== pid) {
      const own = { pid, cpuMs, suspect: false };
      asked.set(slot, own);
      const answered = () => void (asked.get(slot) === own && asked.delete(slot));
      return void channel.ask('ping', undefined, longestMs).then(answered, answered);
    }
    const usedMs = cpuMs - before.cpuMs;
    if (usedMs < stuckMs) return;
    // This process may have been late itself: an answer that has come is read before the next look.
    if (!before.suspect) return void (before.suspect = true);
    log('error', 'worker_stuck', { slot: slot.slot, pid, cpu_ms: usedMs });
    asked.delete(slot);
    slot.replace();
  };

  const timer = setInterval(() => slots.forEach(look), lookMs).unref();
  return () => clearInterval(timer);
}
