import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Frame } from './frames.js';

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
