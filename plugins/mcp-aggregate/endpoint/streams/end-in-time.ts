import type { SseWriter } from '../answer/sse-writer.js';
import { lifetimeOf } from '../requests/lifetime.js';
import type { Exchange } from '../requests/exchange.js';

/**
 * Ends a stream that belongs to no call with its caller's credential, with the configuration it was
 * opened under, and at `max_stream_age`.
 */
export function endInTime(
  { ticket, runtime }: Pick<Exchange, 'ticket' | 'runtime'>,
  writer: SseWriter,
  end: () => void,
): void {
  const age = ticket.config.maxStreamAgeMs;
  const timer = setTimeout(end, Math.min(age, lifetimeOf(ticket.caller.identity))).unref();
  const unwatch = runtime.watch(end);
  writer.onClose(() => {
    clearTimeout(timer);
    unwatch();
  });
}
