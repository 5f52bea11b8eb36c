import { McpError } from '../errors/errors.js';
import { parseMediaType } from './media-type.js';
import { singleHeader } from './single-header.js';
import type { HeaderRecord } from './single-header.js';

/**
 * The headers of a body that can be read: JSON, in UTF-8, not encoded, within the limit.
 * @throws McpError `unsupported_media`, `body_too_large`, `invalid_request`
 */
export function checkBodyHeaders(headers: HeaderRecord, maxBytes: number): void {
  const encoding = singleHeader(headers, 'content-encoding') ?? '';
  if (encoding !== '' && encoding.toLowerCase() !== 'identity') {
    throw new McpError('unsupported_media', 'send the body without Content-Encoding');
  }
  const media = parseMediaType(singleHeader(headers, 'content-type') ?? '');
  if (media?.type !== 'application/json') {
    throw new McpError('unsupported_media', 'send the body with Content-Type application/json');
  }
  const charset = media.params.get('charset')?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8') {
    throw new McpError('unsupported_media', 'send the body in UTF-8');
  }
  const length = Number(singleHeader(headers, 'content-length') ?? 0);
  if (length > maxBytes) throw bodyTooLarge(maxBytes);
}

export function bodyTooLarge(maxBytes: number): McpError {
  return new McpError('body_too_large', `the body is larger than ${maxBytes} bytes`);
}
