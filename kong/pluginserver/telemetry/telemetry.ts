import { setTimeout } from 'node:timers/promises';
import { log } from '../../../lib/log.js';
import { isExported } from './signals.js';
import type { Signal } from './signals.js';

/** How long the end of a process waits for a collector, in milliseconds. */
const endMs = 2_000;

export interface TelemetryOptions {
  /** As `resourceOf`. */
  readonly worker?: string;
  /** Default: all. */
  readonly signals?: readonly Signal[];
}

/** What is exported to a collector. */
export interface Telemetry {
  /** Whether somebody wants the figures of this process. */
  readonly metrics: boolean;
  /** Sends what there is, within a bound. */
  stop(): Promise<void>;
}

const start = {
  traces: async () => (await import('./traces.js')).startTraces,
  metrics: async () => (await import('./metrics.js')).startMetrics,
};

/** Exports what OpenTelemetry's variables ask for. The SDK is loaded only where they do. */
export async function startTelemetry({
  worker,
  signals = ['traces', 'metrics'],
}: TelemetryOptions = {}): Promise<Telemetry> {
  const wanted = signals.filter((signal) => isExported(signal, process.env));
  const stops: (() => Promise<void>)[] = [];
  if (wanted.length > 0) {
    const { resourceOf } = await import('./resource.js');
    const resource = resourceOf(worker);
    for (const signal of wanted) stops.push(await (await start[signal]())(resource));
    log('info', 'telemetry_started', { signals: wanted });
  }
  return {
    metrics: wanted.includes('metrics'),
    stop: async () => {
      const ended = Promise.allSettled(stops.map((stop) => stop()));
      await Promise.race([ended, setTimeout(endMs, undefined, { ref: false })]);
    },
  };
}
