import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Frame } from './frames.js';

const smallBytes = 16_384;

/** Answers one JSON message. */
export function writeJson(
  response: ServerResponse,
  status: number,
  frame: Frame,
  headers: OutgoingHttpHeaders = {},
): void {
  const length = frame.reduce((sum, piece) => sum + piece.length, 0);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': length,
    'cache-control': 'no-store',
    ...headers,
  });
  if (length <= smallBytes) {
    // Node sends a head and a string in one write; latin1 keeps every byte as it is.
    response.end(Buffer.concat(frame, length).toString('latin1'), 'latin1');
    return;
  }
  response.cork();
  for (const piece of frame) response.write(piece);
  response.end();
  response.uncork();
}

/** Answers without a body. */
export function writeEmpty(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders = {},
): void {
  const length = status === 204 ? {} : { 'content-length': 0 };
  response.writeHead(status, { 'cache-control': 'no-store', ...length, ...headers });
  response.end();
}
