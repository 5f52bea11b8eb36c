import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { event } from '../upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../upstreams/http-fixture.js';

/** How a large answer is sent. */
export interface Sent {
  readonly bytes: number;
  readonly stream: boolean;
  /** Without its length, in pieces of odd sizes. */
  readonly chunked: boolean;
  /** How many notifications of some 3 KB come before it in its stream. */
  readonly notes?: number;
}

const results = new Map<number, Buffer>();

/** A result of about so many bytes, of which no part stands twice: what is lost or moved is seen. */
export function largeResult(bytes: number): Buffer {
  const there = results.get(bytes);
  if (there !== undefined) return there;
  const words = Buffer.alloc(Math.floor(bytes / 9) * 9, ' ');
  for (let n = 0; n < words.length / 9; n += 1) words.write(n.toString(36).padStart(8, '-'), n * 9);
  const result = Buffer.from(`{"content":[{"type":"text","text":"${words.toString()}"}]}`);
  results.set(bytes, result);
  return result;
}

/** Answers `tools/call` as its arguments say. */
export function sendLargeAnswers(server: HttpFixture): void {
  server.on('tools/call', (arrived, response) => {
    const { bytes, stream, chunked, notes = 0 } = arrived.params.arguments as Sent;
    const message = messageOf(arrived, largeResult(bytes));
    const body = stream ? asEvents(message, notes) : message;
    const type = stream ? 'text/event-stream' : 'application/json';
    const length = chunked ? {} : { 'content-length': body.length };
    response.writeHead(200, { 'content-type': type, ...length });
    if (!chunked) return void response.end(body);
    return inPieces(response, body);
  });
}

function messageOf({ id }: Arrived, result: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":`),
    result,
    Buffer.from('}'),
  ]);
}

const note = event(
  `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"${'n'.repeat(3_000)}"}}`,
);

function asEvents(message: Buffer, notes: number): Buffer {
  const parts = [Buffer.from(`${note.repeat(notes)}event: message\ndata: `), message];
  return Buffer.concat([...parts, Buffer.from('\n\n')]);
}

async function inPieces(response: ServerResponse, body: Buffer): Promise<void> {
  // Whoever has gone needs no more of it.
  await pipeline(Readable.from(piecesOf(body)), response).catch(() => undefined);
}

function* piecesOf(body: Buffer): Iterable<Buffer> {
  for (let at = 0; at < body.length; at += 65_521) yield body.subarray(at, at + 65_521);
}
