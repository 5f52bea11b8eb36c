import type { IncomingMessage } from 'node:http';
import { McpError } from '../../../lib/errors.js';
import { bodyTooLarge } from '../../../lib/http/body-headers.js';

/**
 * The whole body, within the limit.
 * @throws McpError `body_too_large`; `invalid_request` where the body does not end
 */
export async function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw bodyTooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof McpError) throw error;
    throw new McpError('invalid_request', 'the body ended early');
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}
