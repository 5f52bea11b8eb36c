import { McpError } from '../../../lib/errors.js';
import { originAllowed } from '../../../lib/http/origin.js';
import { singleHeader } from '../../../lib/http/single-header.js';
import type { HeaderRecord } from '../../../lib/http/single-header.js';

/** Kong's own maximum for `get_headers`; nginx forwards what lies beyond it unseen. */
export const maxHeaderLines = 1000;

/**
 * What is asked of every request's headers.
 * @throws McpError `headers_too_large`, `forbidden_origin`, `invalid_request`
 */
export function checkHeaders(headers: HeaderRecord, allowedOrigins: readonly string[]): void {
  if (Object.values(headers).flat().length >= maxHeaderLines) {
    throw new McpError('headers_too_large', `fewer than ${maxHeaderLines} headers are accepted`);
  }
  if (!originAllowed(singleHeader(headers, 'origin'), allowedOrigins)) {
    throw new McpError('forbidden_origin', 'this Origin is not in allowed_origins');
  }
}
