/**
 * Preloaded into the process under test (see `process-probe.ts`): watches its event loop, and on
 * SIGUSR2 writes down what it saw since the last time, and what the process holds after a garbage
 * collection.
 */
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createHistogram } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const everyMs = 10;
const delays = createHistogram();
/** Delays as far as this process was computing: what other processes took is not its doing. */
const blocks = createHistogram();
/** CPU of the thread that runs the event loop, in nanoseconds; helpers of the collector are others. */
const threadCpu = `/proc/self/task/${process.pid}/schedstat`;
let last = performance.now();
let lastCpu = ownCpuMs();
let reports = 0;

function ownCpuMs(): number {
  try {
    return Number(readFileSync(threadCpu, 'latin1').split(' ', 1)[0]) / 1_000_000;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }
}

function look(): void {
  const now = performance.now();
  const delay = Math.max(0, now - last - everyMs);
  const block = Math.min(delay, ownCpuMs() - lastCpu);
  delays.record(Math.round(delay * 1000) + 1);
  blocks.record(Math.round(block * 1000) + 1);
  last = now;
  lastCpu = ownCpuMs();
}

function summary(histogram: ReturnType<typeof createHistogram>) {
  const ms = (value: number) => value / 1000;
  const at = (share: number) => ms(histogram.percentile(share));
  return { p50: at(50), p99: at(99), max: ms(histogram.max), count: histogram.count };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function children(): string[] {
  const path = `/proc/self/task/${process.pid}/children`;
  return readFileSync(path, 'utf8').split(' ').filter(Boolean);
}

function report(): void {
  const loop = { delay: summary(delays), block: summary(blocks) };
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const folder = process.env['PROCESS_PROBE'] ?? '.';
  const seen = {
    ...loop,
    memory: process.memoryUsage(),
    files: readdirSync('/proc/self/fd').length,
    resources: counted(process.getActiveResourcesInfo()),
    children: children(),
  };
  const path = `${folder}/${process.pid}-${++reports}.json`;
  writeFileSync(`${path}.part`, JSON.stringify(seen));
  renameSync(`${path}.part`, path);
  delays.reset();
  blocks.reset();
  last = performance.now();
  lastCpu = ownCpuMs();
}

process.on('SIGUSR2', report);
setInterval(look, everyMs).unref();
