import { visibleJson } from './visible.js';

/**
 * Structured lines on stderr. Kong passes a managed process's stderr to its error log at `info`.
 * Never hand a token, a secret or an argument value to these functions.
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const rank: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 };

let threshold: LogLevel = 'info';

/** Drops lines below `level`. */
export function setLogLevel(level: LogLevel): void {
  threshold = level;
}

let common: Readonly<Record<string, unknown>> = {};

/** Puts these fields into each line from here on, such as which of several processes it is from. */
export function setLogFields(fields: Readonly<Record<string, unknown>>): void {
  common = fields;
}

/** Writes one JSON line, all of it visible: time (RFC 3339, UTC), level, a stable event name and its fields. */
export function log(
  level: LogLevel,
  event: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  if (rank[level] < rank[threshold]) return;
  const line = visibleJson({ time: new Date().toISOString(), level, event, ...fields, ...common });
  process.stderr.write(`${line}\n`);
}
