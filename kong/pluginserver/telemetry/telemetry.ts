import { setTimeout } from 'node:timers/promises';
import { log } from '../../../lib/log.js';
import { isExported } from './signals.js';

/** How long the end of a process waits for a collector, in milliseconds. */
const endMs = 2_000;

/** What is exported to a collector. */
export interface Telemetry {
  /** Sends what there is, within a bound. */
  stop(): Promise<void>;
}

/**
 * Exports what OpenTelemetry's variables ask for. The SDK is loaded only where they do.
 * @param worker as `resourceOf`
 */
export async function startTelemetry(worker?: string): Promise<Telemetry> {
  const stops: (() => Promise<void>)[] = [];
  if (isExported('traces', process.env)) {
    const { resourceOf } = await import('./resource.js');
    const { startTraces } = await import('./traces.js');
    stops.push(startTraces(resourceOf(worker)));
    log('info', 'telemetry_started', { signals: ['traces'] });
  }
  return {
    stop: async () => {
      const ended = Promise.allSettled(stops.map((stop) => stop()));
      await Promise.race([ended, setTimeout(endMs, undefined, { ref: false })]);
    },
  };
}
