import { hopHeader } from '../handles/hop-mark.js';
import { remembering } from '../flow/remember.js';
import { HeaderMap } from './header-map.js';
import type { HeaderRecord } from './single-header.js';

const names: ReadonlySet<string> = new Set([
  'origin',
  'accept',
  'traceparent',
  'tracestate',
  'content-type',
  'content-encoding',
  'content-length',
  'authorization',
  'proxy-authorization',
  hopHeader,
]);
const prefixes = ['mcp-', 'x-mcp-'];

/** As nginx's underscores are read upstream. */
const isNeeded = remembering((name) => {
  const plain = name.toLowerCase().replaceAll('_', '-');
  return names.has(plain) || prefixes.some((prefix) => plain.startsWith(prefix));
}, 1024);

/**
 * The headers that mcp-aggregate looks at, in whichever spelling; the others need not be kept.
 * @param without names, as spelled, that end at mcp-oauth
 */
export function handedHeaders(headers: HeaderRecord, without: readonly string[]): HeaderRecord {
  const kept = new HeaderMap<HeaderRecord[string]>();
  for (const name in headers) {
    if (isNeeded(name) && !without.includes(name)) kept[name] = headers[name];
  }
  return kept;
}

/** What they take in memory, about. */
export function headerBytes(headers: HeaderRecord): number {
  let bytes = 0;
  for (const name in headers) {
    const value = headers[name] ?? '';
    bytes += 64 + name.length;
    if (typeof value === 'string') bytes += value.length;
    else for (const line of value) bytes += 32 + line.length;
  }
  return bytes;
}
