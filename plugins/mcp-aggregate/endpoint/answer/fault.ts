import { log } from '../../../../lib/log.js';

/**
 * Logs an unexpected error by its kind and place. Its message is left out: a parser's message may
 * quote what it was parsing.
 */
export function logFault(event: string, error: unknown): void {
  if (!(error instanceof Error)) return log('error', event, { kind: typeof error });
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  log('error', event, { kind: error.name, at: frames.slice(0, 5).map((line) => line.trim()) });
}
