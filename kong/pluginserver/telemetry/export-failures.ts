import { diag, DiagLogLevel } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import { log } from '../../../lib/log.js';
import type { Signal } from './signals.js';

const everyMs = 60_000;
const nothing = () => undefined;

/** One line a minute at most for what a collector does not take; the next one says how many were left out. */
export class ExportFailures {
  readonly #signal: Signal;
  #saidAt = -Infinity;
  #unsaid = 0;

  constructor(signal: Signal) {
    this.#signal = signal;
  }

  /** For the end of an export. */
  readonly take = ({ code, error }: ExportResult): void => {
    if (code !== ExportResultCode.SUCCESS) this.say('telemetry_export_failed', classOf(error));
  };

  say(event: string, reason: string): void {
    const now = performance.now();
    if (now - this.#saidAt < everyMs) {
      this.#unsaid += 1;
      return;
    }
    this.#saidAt = now;
    const unsaid = this.#unsaid === 0 ? {} : { unsaid: this.#unsaid };
    this.#unsaid = 0;
    log('warn', event, { signal: this.#signal, reason, ...unsaid });
  }
}

/** Hears of spans that found no room; all else that the SDK would print is said by `take`. */
export function hearDropped(): void {
  const failures = new ExportFailures('traces');
  const warn = (message: string) => {
    const [, count] = /^Dropped (\d+) spans/.exec(message) ?? [];
    if (count !== undefined) failures.say('telemetry_spans_dropped', `${count} found no room`);
  };
  const logger = { error: nothing, warn, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

/** An HTTP status, a code of the connection or a name: a text might quote an address with a secret. */
function classOf(error: Error | undefined): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code === 'number') return `HTTP ${String(code)}`;
  return typeof code === 'string' ? code : (error?.name ?? 'unknown');
}
