import { McpError } from '../errors/errors.js';

/** Headers by lower-case name, as Kong or Node gives them; a repeated header is a list. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The value of a header that may come once, without surrounding whitespace; undefined where it is
 * absent.
 * @param name in lower case
 * @throws McpError `invalid_request` where the header is repeated, since readers pick differently
 */
export function singleHeader(headers: HeaderRecord, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'string') return trimSpace(value);
  if (value.length > 1) throw new McpError('invalid_request', `the header ${name} is repeated`);
  return value[0] === undefined ? undefined : trimSpace(value[0]);
}

/**
 * Every line of a header in every spelling of its name.
 * @param name in lower case
 */
export function headerLines(headers: HeaderRecord, name: string): readonly string[] {
  let lines: readonly string[] = [];
  for (const spelled in headers) {
    if (spelled.length !== name.length || spelled.toLowerCase() !== name) continue;
    lines = lines.concat(headers[spelled] ?? []);
  }
  return lines;
}

/** Without leading and trailing spaces and tabs (RFC 9110 section 5.5). */
export function trimSpace(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value, start)) start++;
  while (end > start && isSpace(value, end - 1)) end--;
  return value.slice(start, end);
}

function isSpace(value: string, at: number): boolean {
  const code = value.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}
