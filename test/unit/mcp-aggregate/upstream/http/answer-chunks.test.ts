import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../../../../plugins/mcp-aggregate/upstream/http/answers/take-answer.js';
import { messagesOf } from '../../../../../plugins/mcp-aggregate/upstream/http/answers/read-answer.js';
import { serverConfig } from '../../../../support/upstreams/under-test.js';

const server = serverConfig({ target: 'http://127.0.0.1:1/' });

/** The messages of a body of this type that arrives in these pieces. */
async function read(type: string, pieces: readonly Uint8Array[]): Promise<Buffer[]> {
  const body = (async function* () {
    for (const piece of pieces) if (piece.length > 0) yield Buffer.from(piece);
  })();
  const answer = { statusCode: 200, headers: { 'content-type': type }, body };
  const found: Buffer[] = [];
  for await (const message of messagesOf(server, answer as unknown as HttpAnswer)) {
    found.push(message);
  }
  return found;
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...[...cuts].map((cut) => cut % bytes.length).sort((a, b) => a - b)];
  return edges.map((from, i) => bytes.subarray(from, edges[i + 1] ?? bytes.length));
}

const ends = { LF: '\n', CRLF: '\r\n', CR: '\r' };
const first = '{"id":1,"big":12345678901234567890,"text":"é🙂\uFEFF\\u0001"}';
const second = '{"id":2,\n "two": "lines"}';

/** Two messages, one over two lines, with everything else that a stream may hold. */
function stream(eol: string): Buffer {
  const lines = [
    '\uFEFF: hello é',
    'retry: 10',
    'id: 7',
    'event: message',
    `data: ${first}`,
    '',
    'event: other',
    'data: {"not":"a message"}',
    '',
    'id',
    'data',
    '',
    ...second.split('\n').map((line) => `data: ${line}`),
    '',
    '',
  ];
  return Buffer.from(lines.join(eol));
}

describe('an event stream', () => {
  it.each(Object.keys(ends) as (keyof typeof ends)[])(
    'says the same wherever it is cut in up to three, with %s',
    async (name) => {
      const bytes = stream(ends[name]);
      const expected = [Buffer.from(first), Buffer.from(second)];
      for (let a = 0; a < bytes.length; a++) {
        const b = (a * 7 + 3) % bytes.length;
        for (const cuts of [[a], [a, a + 1], [a, b]]) {
          const found = await read('text/event-stream', cutAt(bytes, cuts));
          expect(found, `cut at ${cuts.join()}`).toEqual(expected);
        }
      }
    },
    20_000,
  );

  it('says the same however it is cut, spelled and labelled', async () => {
    const message = fc
      .record({ id: fc.integer(), text: fc.string({ unit: 'binary' }) })
      .map((value) => JSON.stringify(value));
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...Object.values(ends)),
        fc.constantFrom('text/event-stream', 'application/json', 'text/plain'),
        fc.boolean(),
        fc.array(fc.nat(), { maxLength: 40 }),
        async (messages, eol, type, marked, cuts) => {
          const events = messages.map((text) => `data: ${text}${eol}${eol}`);
          const bytes = Buffer.from((marked ? '\uFEFF' : '') + events.join(''));
          const expected = messages.map((text) => Buffer.from(text));
          expect(await read(type, cutAt(bytes, cuts))).toEqual(expected);
          expect(await read(type, cutAt(bytes, [...bytes.keys()]))).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
  });
});

it('a JSON answer is the same bytes however it is cut and labelled', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify({ value }))),
      fc.constantFrom('text/event-stream', 'application/json', 'text/plain'),
      fc.constantFrom('', '\uFEFF', '\r\n', '\uFEFF\n\n'),
      fc.array(fc.nat(), { maxLength: 20 }),
      async (json, type, before, cuts) => {
        const bytes = Buffer.concat([Buffer.from(before), json]);
        expect(await read(type, cutAt(bytes, cuts))).toEqual([json]);
      },
    ),
  );
});
