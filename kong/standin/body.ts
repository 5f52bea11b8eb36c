import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Settings } from './settings.js';

/** The body is longer than `nginx_http_client_max_body_size`. */
export class BodyTooLargeError extends Error {}

let files = 0;

/**
 * The bytes of a request body, or the name of the file that holds them.
 * @throws BodyTooLargeError
 */
export async function readBody(
  request: IncomingMessage,
  settings: Settings,
): Promise<Buffer | string> {
  const { bodyBuffer, maxBody, prefix } = settings;
  // nginx takes a body that is a quarter too long into memory, when its length is announced.
  const announced = Number(request.headers['content-length'] ?? Infinity);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (maxBody > 0 && size > maxBody) throw new BodyTooLargeError();
    chunks.push(chunk);
  }
  if (size <= bodyBuffer || announced < bodyBuffer * 1.25) return Buffer.concat(chunks);
  const name = `${prefix}/client_body_temp/${String(++files).padStart(10, '0')}`;
  await writeFile(name, chunks, { mode: 0o600 });
  return name;
}
