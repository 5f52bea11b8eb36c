import { open } from 'node:fs/promises';
import type { Eventual } from '../flow/eventual.js';
import { inOwnTurn } from '../flow/own-turn.js';
import { McpError } from '../errors/errors.js';
import type { RawBody } from '../kong/kong-port.js';
import { bodyTooLarge } from './body-headers.js';

/**
 * The request's body. nginx keeps a large one in a file of its own user, which this process can
 * read only where it runs as that user. At once where it is small and in memory.
 * @throws McpError `body_too_large`
 */
export function readBody(raw: RawBody, maxBytes: number): Eventual<Buffer> {
  if (raw.bodyFilepath) return readSpilled(raw.bodyFilepath, maxBytes);
  if (raw.error) throw spilled();
  const content = raw.content ?? new Uint8Array();
  if (content.byteLength > maxBytes) throw bodyTooLarge(maxBytes);
  return inOwnTurn(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
}

/** The turn is asked for last: what waits for a file to be closed comes in any turn. */
async function readSpilled(path: string, maxBytes: number): Promise<Buffer> {
  return inOwnTurn(await readFrom(path, maxBytes));
}

async function readFrom(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) throw spilled();
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw bodyTooLarge(maxBytes);
    const bytes = Buffer.alloc(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    if (bytesRead !== size) throw spilled();
    return bytes;
  } finally {
    await file.close();
  }
}

function spilled(): McpError {
  return new McpError(
    'body_too_large',
    'nginx wrote the body to a file that cannot be read here: raise nginx_http_client_body_buffer_size',
  );
}
