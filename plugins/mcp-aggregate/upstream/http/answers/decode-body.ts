import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Zlib } from 'node:zlib';
import type { Transform } from 'node:stream';
import { McpError } from '../../../../../lib/errors/errors.js';
import type { ServerConfig } from '../../../config/config.js';
import { protocolBroken, tooLarge } from '../../failure/failures.js';
import { resumed } from './look-at.js';

/** A body may grow by so much where it is longer than `freeBytes`. */
const maxRatio = 100;
const freeBytes = 1_048_576;

type Decoder = Transform & Zlib;

const decoders: Readonly<Record<string, (first: Buffer) => Decoder>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
  // RFC 9110 §8.4.1.2: some send it without the zlib format around it.
  deflate: (first) => ((first[0]! & 0x0f) === 8 ? createInflate() : createInflateRaw()),
};

/**
 * A compressed body as it was. Nobody asks for one, but some servers and proxies compress whatever
 * they send. Decoded piece by piece, so that a body made to explode ends at the first bound.
 * @throws McpError `upstream_protocol` for another coding, for several, and for broken data;
 *   `upstream_too_large` for more than 100 times its length
 */
export function decodedBody(
  server: ServerConfig,
  encoding: string | string[],
  body: AsyncIterable<Buffer>,
): AsyncIterable<Buffer> {
  const coding = String(encoding).trim().toLowerCase();
  if (coding === '' || coding === 'identity') return body;
  const create = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined;
  if (create !== undefined) return decoded(server.name, body, create);
  throw protocolBroken(server.name, 'answered with a content encoding nobody asked for');
}

async function* decoded(
  server: string,
  body: AsyncIterable<Buffer>,
  create: (first: Buffer) => Decoder,
): AsyncGenerator<Buffer, void, undefined> {
  const source = body[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done === true) return;
  const decoder = create(first.value);
  const encoded = Readable.from(resumed(first.value, source), { objectMode: false });
  pipeline(encoded, decoder, () => {});
  let length = 0;
  try {
    for await (const chunk of decoder as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > freeBytes && length > maxRatio * decoder.bytesWritten) {
        const what = `an answer that grows more than ${maxRatio} times when unpacked`;
        throw tooLarge(server, what, maxRatio);
      }
      yield chunk;
    }
  } catch (error) {
    throw isBroken(error) ? protocolBroken(server, 'answered with broken compressed data') : error;
  }
}

/** Whether the data is at fault, not the connection. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof McpError) return false;
  return /^(Z_|ERR__)/.test(String((error as Error & { code?: unknown }).code));
}
