import { headerLines } from '../../../../lib/http/single-header.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';

/** Whether the request has one Content-Type and it is this one, whatever its parameters. */
export function isMediaType(headers: HeaderRecord, type: string): boolean {
  const lines = headerLines(headers, 'content-type');
  const [value = ''] = lines;
  return lines.length === 1 && value.split(';')[0]?.trim().toLowerCase() === type;
}
