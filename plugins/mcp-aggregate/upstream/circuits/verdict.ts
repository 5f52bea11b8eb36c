import type { CallEvent } from '../../core/calls/call.js';

export type Verdict = 'succeeded' | 'failed' | 'undecided';

/**
 * What the last event of a call, or a question in it, says of the way to the server. Who asks a
 * question, or answers with a JSON-RPC error of its own, whatever HTTP status it came with, is there.
 */
export function verdictOf(event: CallEvent): Verdict {
  if (event.type === 'done' && event.way !== undefined) return event.way;
  if (event.type !== 'fail' || event.failure.kind === 'answered') return 'succeeded';
  const { code, data } = event.failure;
  // A status below 500 may be about one caller, or one call.
  const status = data?.['status'];
  if (typeof status === 'number') return status < 500 ? 'undecided' : 'failed';
  if (code === 'upstream_timeout' || code === 'upstream_protocol') return 'failed';
  // Nor is the way broken where the server is ready, and only this caller has no credential for it.
  if (data?.['state'] === 'ready') return 'undecided';
  // A call that was not even sent says nothing new.
  const sent = data?.['retry_after_ms'] === undefined;
  return code === 'upstream_unavailable' && sent ? 'failed' : 'undecided';
}
