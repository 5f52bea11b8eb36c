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
  /** What happened in these since the last report: the longest delays, and the sum of the rest. */
  report(pids: readonly number[]): Promise<ProcessReport>;
  remove(): void;
}

/** Looks into Node processes that are started with `env`. */
export function processProbe(): ProcessProbe {
  const folder = mkdtempSync(join(tmpdir(), 'probe-'));
  const script = transpile(folder, new URL('probe-script.ts', import.meta.url));
  const reports = new Map<number, number>();
  const reportOf = (pid: number): Promise<ProcessReport> => {
    const count = (reports.get(pid) ?? 0) + 1;
    reports.set(pid, count);
    const path = join(folder, `${pid}-${count}.json`);
    process.kill(pid, 'SIGUSR2');
    return until(() => JSON.parse(readFileSync(path, 'utf8')) as ProcessReport, {
      what: `process ${pid} does not report`,
      timeoutMs: 30_000,
    });
  };
  return {
    env: { NODE_OPTIONS: `--import ${pathToFileURL(script).href}`, PROCESS_PROBE: folder },
    report: async (pids) => (await Promise.all(pids.map(reportOf))).reduce(together),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function together(a: ProcessReport, b: ProcessReport): ProcessReport {
  return {
    delay: longer(a.delay, b.delay),
    block: longer(a.block, b.block),
    memory: sums({ ...a.memory }, { ...b.memory }) as unknown as NodeJS.MemoryUsage,
    files: a.files + b.files,
    resources: sums(a.resources, b.resources),
    children: [...a.children, ...b.children],
  };
}

function longer(a: LoopSummary, b: LoopSummary): LoopSummary {
  return {
    p50: Math.max(a.p50, b.p50),
    p99: Math.max(a.p99, b.p99),
    max: Math.max(a.max, b.max),
    count: a.count + b.count,
  };
}

function sums(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}
