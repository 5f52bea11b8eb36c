import { ownTurn } from '../../../../lib/flow/own-turn.js';
import type { Hold } from '../../../../lib/held/held-bytes.js';
import type { ServerConfig } from '../../config/config.js';
import { mostOfError } from '../../core/openapi/answer/render-answer.js';
import { tooLarge } from '../failure/failures.js';
import { decodedBody } from '../http/answers/decode-body.js';
import type { HttpAnswer } from '../http/answers/take-answer.js';
import { largeBytes } from '../large/large-json.js';

export interface ReadBody {
  readonly bytes: Buffer;
  /** Whether there was more, which is not shown. */
  readonly isCut: boolean;
}

/**
 * The body of an answer, unpacked: all of it within `max_response_size`; of an error its beginning.
 * @param hold where the bytes are counted; reading waits while there is no room
 * @throws McpError `upstream_too_large`, `upstream_protocol`, `overloaded`; undici's error
 */
export async function readBody(
  server: ServerConfig,
  { statusCode, headers, body, whole }: HttpAnswer,
  hold: Hold | undefined,
): Promise<ReadBody> {
  const isError = statusCode >= 300;
  const limit = isError ? mostOfError : server.maxResponseBytes;
  if (whole !== undefined && whole.length <= limit) return { bytes: whole, isCut: false };
  const encoding = headers['content-encoding'];
  const plain = encoding === undefined ? body : decodedBody(server, encoding, body);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of plain) {
    length += chunk.length;
    chunks.push(chunk);
    if (length > limit) {
      body.destroy();
      if (isError) return { bytes: Buffer.concat(chunks).subarray(0, limit), isCut: true };
      throw tooLarge(server.name, `an answer of more than ${limit} bytes`, limit);
    }
    const room = hold?.atLeast(length, server.name);
    if (room) await room;
    if (length > largeBytes) await ownTurn();
  }
  return { bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length), isCut: false };
}
