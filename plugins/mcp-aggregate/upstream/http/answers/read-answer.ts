import type { Hold } from '../../../../../lib/held/held-bytes.js';
import type { ServerConfig } from '../../../config/config.js';
import { ownTurn } from '../../../../../lib/flow/own-turn.js';
import { sharedBytes } from '../../../../../lib/off-thread/shared-bytes.js';
import { tooLarge } from '../../failure/failures.js';
import { largeBytes } from '../../large/large-json.js';
import { labelOf } from './answer-label.js';
import type { Label } from './answer-label.js';
import { decodedBody } from './decode-body.js';
import type { HttpAnswer } from './take-answer.js';
import { brace, emptyBody, lookAt, resumed } from './look-at.js';
import { sseMessages } from '../streams/sse.js';
import type { Resumption } from '../streams/sse.js';

export interface ReadingOptions {
  /** Where an event stream can be taken up again. */
  readonly place?: Resumption;
  /** Where the bytes are counted; reading waits while there is no room. */
  readonly hold?: Hold | undefined;
}

/**
 * The messages of a 2xx answer to a request, as they arrive. Where the content type and the bytes
 * disagree, the bytes are believed (see docs/servers.md).
 * @throws McpError `upstream_protocol` for anything but JSON or an event stream in UTF-8,
 *   `upstream_too_large` for a message over the server's limit, `overloaded`
 */
export function messagesOf(
  server: ServerConfig,
  answer: HttpAnswer,
  reading: ReadingOptions = {},
): AsyncIterable<Buffer> {
  const { headers, body } = answer;
  const label = labelOf(server, headers['content-type']);
  const encoding = headers['content-encoding'];
  const plain = encoding === undefined ? body : decodedBody(server, encoding, body);
  return messagesIn(server, plain, label, reading);
}

async function* messagesIn(
  server: ServerConfig,
  body: AsyncIterable<Buffer>,
  label: Label,
  { place, hold }: ReadingOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const source = body[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done === true) throw emptyBody(server);
  // Nothing is to be found out then.
  if (first.value[0] === brace) return yield await wholeMessage(server, first.value, source, hold);
  const { form, head } = await lookAt(server, label, first.value, source);
  if (form === 'json') yield await wholeMessage(server, head, source, hold);
  else yield* sseMessages(server, resumed(head, source), place, hold);
}

async function wholeMessage(
  server: ServerConfig,
  head: Buffer,
  source: AsyncIterator<Buffer>,
  hold: Hold | undefined,
): Promise<Buffer> {
  const limit = server.maxResponseBytes;
  const chunks = [head];
  let { length } = head;
  while (length <= limit) {
    const room = hold?.atLeast(length, server.name);
    if (room) await room;
    const next = await source.next();
    if (next.done === true) return chunks.length === 1 ? head : joined(chunks, length);
    length += next.value.length;
    chunks.push(next.value);
    // What others want to say gets in between, however fast a large answer comes.
    if (length > largeBytes) await ownTurn();
  }
  await source.return?.();
  throw tooLarge(server.name, `an answer of more than ${limit} bytes`, limit);
}

/** A large answer is put where other threads can read it. */
function joined(chunks: readonly Buffer[], length: number): Buffer | Promise<Buffer> {
  return length > largeBytes ? sharedBytes(chunks) : Buffer.concat(chunks, length);
}
