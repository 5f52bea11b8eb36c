import { McpError } from '../../../../lib/errors/errors.js';
import { maxHeaderLines, mayHaveMoreLines } from '../../../../lib/http/header-lines.js';
import { originFits } from '../../../../lib/http/origin.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';

/**
 * What is asked of every request's headers.
 * @throws McpError `headers_too_large`, `forbidden_origin`
 */
export function checkHeaders(headers: HeaderRecord, allowedOrigins: readonly string[]): void {
  if (mayHaveMoreLines(headers)) {
    throw new McpError('headers_too_large', `fewer than ${maxHeaderLines} headers are accepted`);
  }
  if (!originFits(headers, allowedOrigins)) {
    throw new McpError('forbidden_origin', 'this Origin is not in allowed_origins');
  }
}
