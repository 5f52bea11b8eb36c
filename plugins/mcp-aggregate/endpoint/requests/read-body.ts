import type { IncomingMessage } from 'node:http';
import { McpError } from '../../../../lib/errors/errors.js';
import { bodyTooLarge } from '../../../../lib/http/body-headers.js';
import { inOwnTurn } from '../../../../lib/flow/own-turn.js';
import { begin } from '../../../../lib/flow/under-way.js';

/**
 * The whole body, within the limit. By events: iterating over a request costs as much as the rest of
 * serving it.
 * @throws McpError `body_too_large`; `invalid_request` where the body does not end
 */
export function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let whole = false;
    // 'close' comes after every request: an error made there would cost as much as the reading.
    const cut = (): void => {
      if (!whole) reject(new McpError('invalid_request', 'the body ended early'));
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) return reject(bodyTooLarge(maxBytes));
      chunks.push(chunk);
    });
    request.once('end', () => {
      begin('request');
      whole = true;
      resolve(inOwnTurn(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    });
    request.once('error', cut);
    request.once('close', cut);
  });
}
