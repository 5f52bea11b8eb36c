import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Preloaded into the plugin server: on SIGUSR2 writes how late its event loop was since the last
 * time, and the longest CPU time that its main thread took without a turn.
 */
const everyMs = 5;
const resolution = 10;
const delays = monitorEventLoopDelay({ resolution });
delays.enable();
let longest = 0;
let last = performance.now();
let lastCpu = cpuMs();

/** Of this thread alone, by the kernel. */
function cpuMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
}

setInterval(() => {
  const now = performance.now();
  const cpu = cpuMs();
  longest = Math.max(longest, Math.min(now - last - everyMs, cpu - lastCpu));
  last = now;
  lastCpu = cpu;
}, everyMs).unref();

process.on('SIGUSR2', () => {
  const ms = (value: number) => Math.max(0, value / 1e6 - resolution);
  const seen = { p50: ms(delays.percentile(50)), p99: ms(delays.percentile(99)), longest };
  const file = process.env['BENCH_LOOP_FILE'] ?? 'loop.json';
  writeFileSync(`${file}.part`, JSON.stringify(seen));
  renameSync(`${file}.part`, file);
  delays.reset();
  longest = 0;
});
