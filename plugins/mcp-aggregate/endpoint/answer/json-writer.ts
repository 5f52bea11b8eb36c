import type { Eventual } from '../../../../lib/flow/eventual.js';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { frameBytes } from './frames.js';
import type { Frame } from './frames.js';
import { Pace } from '../listening/pace.js';
import { sliceBytes, writeSlices } from './write-slices.js';

const smallBytes = 16_384;
/** Kong's nginx would write to files what its client does not take at once, and stand still meanwhile. */
const unbuffered = { 'x-accel-buffering': 'no' };

/**
 * Answers one JSON message; where that takes a while, it answers a promise of the end. A client that
 * takes it too slowly is cut off.
 */
export function writeJson(
  response: ServerResponse,
  status: number,
  frame: Frame,
  headers: OutgoingHttpHeaders = {},
): Eventual<void> {
  const length = frameBytes(frame);
  const isLarge = length > sliceBytes;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': length,
    'cache-control': 'no-store',
    ...(isLarge ? unbuffered : {}),
    ...headers,
  });
  if (length <= smallBytes) {
    // Node sends a head and a string in one write; latin1 keeps every byte as it is.
    response.end(Buffer.concat(frame, length).toString('latin1'), 'latin1');
    return;
  }
  if (isLarge) {
    return writeSlices(response, frame).then(() => {
      response.end();
      return new Pace(response).finished();
    });
  }
  response.cork();
  for (const piece of frame) response.write(piece);
  response.end();
  response.uncork();
  if (response.writableLength > 0) return new Pace(response).finished();
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
