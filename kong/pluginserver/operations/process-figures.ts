import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { IntervalHistogram } from 'node:perf_hooks';
import { metrics } from '../../../lib/metrics/registry.js';
import { version } from '../../../lib/version.js';

const info = metrics.gauge('kong_mcp_info', 'Always one; its labels say what runs.', [
  'version',
  'node',
]);
const startTime = metrics.gauge(
  'process_start_time_seconds',
  'When the process started, in seconds since the epoch.',
  [],
  'each',
);
const cpu = metrics.counter('process_cpu_seconds_total', 'CPU time of the process.', [], 'each');
const resident = metrics.gauge(
  'process_resident_memory_bytes',
  'Memory of the process.',
  [],
  'each',
);
const heap = metrics.gauge('nodejs_heap_size_used_bytes', 'Heap in use.', [], 'each');
const delay = metrics.gauge(
  'kong_mcp_event_loop_delay_seconds',
  'How late the event loop was in the last half minute, by quantile; authentication shares it.',
  ['quantile'],
  'each',
);

const resolutionMs = 20;
const windowMs = 30_000;
const quantiles = [0.5, 0.99, 1];

/** Watches the process from here on; answers what ends that. */
export function watchProcess(): () => void {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  let last = delaysOf(histogram);
  const turn = setInterval(() => {
    last = delaysOf(histogram);
    histogram.reset();
  }, windowMs).unref();
  const remove = metrics.onScrape(() => {
    collect();
    const now = delaysOf(histogram);
    for (const [at, quantile] of quantiles.entries()) {
      delay.set(Math.max(last[at]!, now[at]!), String(quantile));
    }
  });
  return () => {
    remove();
    clearInterval(turn);
    histogram.disable();
  };
}

/** In seconds. Node measures from one tick of its timer to the next, the pause between included. */
function delaysOf(histogram: IntervalHistogram): readonly number[] {
  return quantiles.map((quantile) => {
    const ns = quantile === 1 ? histogram.max : histogram.percentile(quantile * 100);
    return histogram.count === 0 ? 0 : Math.max(0, ns / 1e9 - resolutionMs / 1000);
  });
}

function collect(): void {
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  info.set(1, version, process.version);
  startTime.set(Math.round(Date.now() / 1000 - process.uptime()));
  cpu.series.get([]).value = (user + system) / 1e6;
  resident.set(memory.rss);
  heap.set(memory.heapUsed);
}
