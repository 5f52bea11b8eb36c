import { runLoad } from './load/generator.js';
import type { LoadReport, LoadTarget } from './load/generator.js';
import { median, processesOf, table, whole } from './rig.js';
import type { Rig } from './rig.js';

export interface Side {
  readonly rig: Rig;
  /** By name, the same on both sides. */
  readonly targets: readonly (readonly [string, LoadTarget])[];
}

export interface TurnsOptions {
  readonly connections: readonly number[];
  /** Of each turn. */
  readonly seconds: number;
  readonly rounds: number;
}

interface Figure {
  readonly name: string;
  readonly of: (report: LoadReport) => number;
  readonly digits: number;
}

const figures: readonly Figure[] = [
  { name: 'CPU µs', of: ({ watched }) => whole(watched).cpuMicros, digits: 0 },
  { name: 'nginx µs', of: ({ watched }) => watched['gateway']?.cpuMicros ?? NaN, digits: 0 },
  {
    name: 'plugin server µs',
    of: ({ watched }) => watched['plugins']?.cpuMicros ?? NaN,
    digits: 0,
  },
  { name: 'p50 ms', of: ({ p50Ms }) => p50Ms, digits: 3 },
  { name: 'p99 ms', of: ({ p99Ms }) => p99Ms, digits: 3 },
  { name: 'req/s', of: ({ requestsPerSecond }) => requestsPerSecond, digits: 0 },
  { name: 'RSS MB', of: ({ watched }) => whole(watched).rssBytes / 1_048_576, digits: 0 },
];

/** Reports of one target on both sides, of the same rounds. */
type Pairs = readonly [old: LoadReport, now: LoadReport][];

/**
 * Two builds in turns of a few seconds, each round in the other order, so that what else happens on
 * the machine meets both. @returns medians of both, and the median of the rounds' ratios
 */
export async function compareBuilds(
  [old, now]: readonly [Side, Side],
  { connections, seconds, rounds }: TurnsOptions,
): Promise<string> {
  const rows: (readonly unknown[])[] = [];
  for (const count of connections) {
    for (const [n, [path, target]] of old.targets.entries()) {
      const turn = (rig: Rig, to: LoadTarget): Promise<LoadReport> =>
        runLoad({ ...to, connections: count, warmSeconds: 0.3, seconds, watch: processesOf(rig) });
      const other = now.targets[n]?.[1] ?? target;
      const pairs: [LoadReport, LoadReport][] = [];
      for (let round = 0; round < rounds; round++) {
        const first = round % 2 === 0;
        const before = first ? await turn(old.rig, target) : undefined;
        const present = await turn(now.rig, other);
        pairs.push([before ?? (await turn(old.rig, target)), present]);
      }
      rows.push(...rowsOf(path, count, pairs));
    }
  }
  return table(['path', 'connections', 'figure', 'old', 'new', 'new/old', 'spread'], rows);
}

function rowsOf(path: string, connections: number, pairs: Pairs): (readonly unknown[])[] {
  const rows = figures.map(({ name, of, digits }) => {
    const ratios = pairs.map(([old, now]) => of(now) / of(old));
    const side = (n: 0 | 1): string => median(pairs.map((pair) => of(pair[n]))).toFixed(digits);
    const spread = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
    return [path, connections, name, side(0), side(1), median(ratios).toFixed(3), spread.join('–')];
  });
  const bad = (n: 0 | 1): number =>
    pairs.reduce((sum, pair) => sum + pair[n].wrong + pair[n].lost, 0);
  if (bad(0) + bad(1) > 0) rows.push([path, connections, 'wrong or lost', bad(0), bad(1), '', '']);
  return rows;
}
