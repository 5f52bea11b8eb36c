import { log } from '../../../lib/log.js';
import { metrics } from '../../../lib/metrics/registry.js';
import { begin, mostOf, other } from '../../../lib/flow/under-way.js';

const stalls = metrics.counter(
  'kong_mcp_event_loop_stalls_total',
  'How often the event loop stood still for more than 100 ms, by the work that held it.',
  ['work'],
);

export interface WatchdogOptions {
  /** Between two looks, in milliseconds. */
  readonly lookMs: number;
  /** How long the event loop may stand still. */
  readonly stallMs: number;
  /** Between two lines in the log; further ones are counted. */
  readonly sayMs: number;
}

const usual: WatchdogOptions = { lookMs: 20, stallMs: 100, sayMs: 10_000 };

/**
 * Looks from here on whether the event loop, which authentication shares, stands still, and names
 * what held it (design D12). A timer that comes late is all it costs while nothing does.
 * @returns what ends it
 */
export function watchEventLoop({ lookMs, stallMs, sayMs }: WatchdogOptions = usual): () => void {
  let last = performance.now();
  let cpu = process.cpuUsage();
  let saidAt = -Infinity;
  let unsaid = 0;

  const look = (): void => {
    const now = performance.now();
    const due = last + lookMs;
    last = now;
    const before = cpu;
    cpu = process.cpuUsage();
    const used = cpu.user - before.user + cpu.system - before.system;
    if (now - due >= stallMs) report(due, now, Math.round(used / 1_000));
    begin(other);
  };
  const report = (due: number, now: number, cpuMs: number): void => {
    const { work, subject } = mostOf(due, now);
    stalls.series.get([work]).add();
    if (now - saidAt < sayMs) return void unsaid++;
    log('warn', 'event_loop_stalled', {
      ms: Math.round(now - due),
      // Far less than `ms` where the machine, and not the work, took the time.
      cpu_ms: cpuMs,
      work,
      ...(subject === '' ? {} : { subject }),
      ...(unsaid === 0 ? {} : { unsaid }),
    });
    saidAt = now;
    unsaid = 0;
  };
  const timer = setInterval(look, lookMs).unref();
  return () => clearInterval(timer);
}
