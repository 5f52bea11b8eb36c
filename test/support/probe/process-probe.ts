import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { until } from '../readiness.js';
import { transpile } from '../upstreams/transpile.js';

/** Milliseconds. */
export interface LoopSummary {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

export interface ProcessReport {
  /** How late timers were since the last report. */
  readonly delay: LoopSummary;
  /** The part of it that the process spent computing. */
  readonly block: LoopSummary;
  /** After a garbage collection, as all that follows. */
  readonly memory: NodeJS.MemoryUsage;
  /** Open file descriptors. */
  readonly files: number;
  /** Handles and requests by type. */
  readonly resources: Readonly<Record<string, number>>;
  /** Process ids. */
  readonly children: readonly string[];
}

/**
 * Most milliseconds of `block.p99` that leave others alone. On a machine that others use, even the
 * time spent computing seems longer than it is.
 */
export function calmLimit(quiet: ProcessReport): number {
  return 50 + 2 * quiet.delay.p99;
}

export interface ProcessProbe {
  /** Environment of the process to look into. */
  readonly env: Readonly<Record<string, string>>;
  /** What happened there since the last report. */
  report(pid: number): Promise<ProcessReport>;
  remove(): void;
}

/** Looks into one Node process that is started with `env`. */
export function processProbe(): ProcessProbe {
  const folder = mkdtempSync(join(tmpdir(), 'probe-'));
  const script = transpile(folder, new URL('probe-script.ts', import.meta.url));
  let reports = 0;
  return {
    env: { NODE_OPTIONS: `--import ${pathToFileURL(script).href}`, PROCESS_PROBE: folder },
    async report(pid) {
      const path = join(folder, `report-${++reports}.json`);
      process.kill(pid, 'SIGUSR2');
      return until(() => JSON.parse(readFileSync(path, 'utf8')) as ProcessReport, {
        what: 'the process does not report',
        timeoutMs: 30_000,
      });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
