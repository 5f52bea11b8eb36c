import { TextDecoder } from 'node:util';
import { createParser } from 'eventsource-parser';
import type { McpError } from '../../../../../lib/errors/errors.js';
import type { Hold } from '../../../../../lib/held/held-bytes.js';
import { turnWhenDue } from '../../../../../lib/flow/own-turn.js';
import { begin } from '../../../../../lib/flow/under-way.js';
import { withoutStacks } from '../../../../../lib/errors/without-stacks.js';
import type { ServerConfig } from '../../../config/config.js';
import { protocolBroken, tooLarge } from '../../failure/failures.js';

/** Where a stream can be taken up again once it has ended (requirements H37, H38). */
export interface Resumption {
  lastEventId: string | undefined;
  retryMs: number | undefined;
}

/** Lines that say nothing any reader of events knows: so many, and one more for each event. */
const mostUnknown = 100;
/** An event that has not ended is text, and bytes once more when it has. */
const bytesAsText = 2;
/** Longer ids are not sent back: they would not fit a header. */
const maxEventId = 4096;

/**
 * The messages of an event stream. Text decoded from valid UTF-8 and encoded again is the same
 * bytes, so messages stay byte-true. Events of other types and without data (requirement H38) are
 * passed over; an event cut off by the stream's end does not count.
 * @throws McpError `upstream_too_large` for an event over the server's limit, `upstream_protocol`
 *   for invalid UTF-8, and for lines without end that belong to no event
 * @param resumption is kept up to date with what the server says
 * @param hold where the bytes of an event are counted; reading waits while there is no room
 * @param onOther hears of events of other types, in their order among themselves; what it throws ends
 *   the reading
 */
export async function* sseMessages(
  server: ServerConfig,
  chunks: AsyncIterable<Uint8Array>,
  resumption: Resumption = { lastEventId: undefined, retryMs: undefined },
  hold?: Hold,
  onOther?: (type: string, data: string) => void,
): AsyncGenerator<Buffer, void, undefined> {
  const limit = server.maxResponseBytes;
  const ready: Buffer[] = [];
  const takenUpAt = resumption.lastEventId;
  let overflow = false;
  let unknown = 0;
  let events = 0;
  let pending = 0;
  const parser = createParser({
    maxBufferSize: limit + 1024,
    onRetry: (ms) => (resumption.retryMs = ms),
    onEvent: ({ event, data, id }) => {
      events += 1;
      // Some servers begin with the very event after which they were to go on.
      if (id !== undefined && id === takenUpAt) return;
      if (id !== undefined && /^[\x21-\x7e]*$/.test(id) && id.length <= maxEventId) {
        resumption.lastEventId = id === '' ? undefined : id;
      }
      if (event !== undefined && event !== 'message') onOther?.(event, data);
      else if (data !== '') ready.push(Buffer.from(data));
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') overflow = true;
      // Each costs the parser an error, many times what a line costs.
      else if (++unknown > mostUnknown + events) throw noEvents(server);
    },
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const toLines = lineFeeds();
  for await (const chunk of chunks) {
    begin('server_message', server.name);
    const lines = toLines(decode(server, decoder, chunk));
    withoutStacks(() => parser.feed(lines));
    if (overflow || ready.some((message) => message.length > limit)) {
      throw tooLarge(server.name, `an event of more than ${limit} bytes`, limit);
    }
    pending += chunk.length;
    if (ready.length > 0) pending = 0;
    const room = hold?.atLeast(bytesAsText * pending, server.name);
    if (room) await room;
    for (const message of ready.splice(0)) {
      yield message;
      // A flood of them would hold up the whole process.
      await turnWhenDue('server_message', server.name);
    }
  }
}

function noEvents(server: ServerConfig): McpError {
  return protocolBroken(server.name, 'sent an event stream with too many lines that are no events');
}

function decode(server: ServerConfig, decoder: TextDecoder, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch {
    throw protocolBroken(server.name, 'sent an event stream that is not UTF-8');
  }
}

/**
 * Turns CRLF and CR into LF, also across chunks: the parser takes quadratic time over a chunk of
 * many CRs, and holds an event back whose last CR ends a chunk.
 */
function lineFeeds(): (text: string) => string {
  let afterReturn = false;
  return (text) => {
    const rest = afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') afterReturn = text.endsWith('\r');
    return rest.includes('\r') ? rest.replaceAll(/\r\n?/g, '\n') : rest;
  };
}
