import { performance } from 'node:perf_hooks';
import { startPacedTraffic } from '../../traffic.js';

/** What requests of one kind met. */
export interface Met {
  readonly count: number;
  /** Why requests failed. */
  readonly failures: readonly string[];
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
}

export interface Neighbours {
  /** What they met since the last time. */
  take(): Readonly<Record<string, Met>>;
  stop(): Promise<void>;
}

const perSecond = 20;

/** Requests of other kinds, sent all the time; each answers why it failed. */
export function startNeighbours(
  kinds: Readonly<Record<string, () => Promise<string | undefined>>>,
): Neighbours {
  const all = Object.entries(kinds).map(([name, send]) => {
    let times: number[] = [];
    let failures: string[] = [];
    const traffic = startPacedTraffic(perSecond, async () => {
      const begun = performance.now();
      const failure = await send().catch(String);
      times.push(performance.now() - begun);
      if (failure !== undefined) failures.push(failure);
    });
    const take = (): Met => {
      const sorted = times.sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? NaN;
      const met = { count: sorted.length, failures, p50: at(0.5), p95: at(0.95) };
      times = [];
      failures = [];
      return met;
    };
    return { name, take, traffic };
  });
  return {
    take: () => Object.fromEntries(all.map(({ name, take }) => [name, take()])),
    stop: async () => {
      await Promise.all(all.map(({ traffic }) => traffic.stop()));
    },
  };
}
