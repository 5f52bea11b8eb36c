import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../../test/support/project.js';
import type { Calibration } from '../load/calibration.js';
import type { LoadReport } from '../load/generator.js';

export type Method = 'tools/call' | 'tools/list';

/** One kind of load on one configuration; a report for each round. */
export interface Cell {
  readonly servers: number;
  /** Of each server. */
  readonly tools: number;
  readonly method: Method;
  readonly connections: number;
  readonly reports: readonly LoadReport[];
  /** Why there are no reports, or fewer. */
  readonly failed?: string;
}

export interface GatewayResult {
  readonly name: string;
  readonly title: string;
  /** What is to be known of its configuration. */
  readonly note?: string;
  readonly version?: string;
  /** Why it was not measured. */
  readonly absent?: string;
  readonly measuredAt: string;
  /** From the command to the first whole list and a right call, in milliseconds, of each start. */
  readonly startMs: readonly number[];
  /** Bytes of all its processes then. */
  readonly idleRssBytes?: number;
  readonly cells: readonly Cell[];
}

export interface Machine extends Calibration {
  readonly memoryBytes: number;
  /** Processes that wanted a core before the run, of a minute. */
  readonly loadBefore: number;
  /** Of this project. */
  readonly commit: string;
}

export interface RunOptions {
  readonly servers: number;
  readonly tools: number;
  readonly connections: readonly number[];
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly rounds: number;
}

export interface Results {
  readonly machine: Machine;
  readonly options: RunOptions;
  readonly gateways: readonly GatewayResult[];
}

const folder = projectFile('bench/compare/results');

/** All committed results, by name. */
export function readResults(): ReadonlyMap<string, Results> {
  const files = existsSync(folder) ? readdirSync(folder).filter((n) => n.endsWith('.json')) : [];
  const names = files.map((file) => file.slice(0, -'.json'.length));
  return new Map(
    names.sort().map((name) => {
      const results = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Results;
      return [name, results];
    }),
  );
}

export function writeResults(name: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, null, 1)}\n`);
}

/** Earlier results with those of some gateways anew, in the given order. */
export function merged(
  earlier: Results | undefined,
  now: Results,
  order: readonly string[],
): Results {
  const fresh = new Set(now.gateways.map(({ name }) => name));
  const kept = earlier?.gateways.filter(({ name }) => !fresh.has(name)) ?? [];
  const place = ({ name }: GatewayResult): number => order.indexOf(name);
  const gateways = [...kept, ...now.gateways].sort((a, b) => place(a) - place(b));
  return { ...now, gateways: gateways.filter((gateway) => place(gateway) >= 0) };
}
