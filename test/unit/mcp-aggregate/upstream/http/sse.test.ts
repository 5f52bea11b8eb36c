import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sseMessages } from '../../../../../plugins/mcp-aggregate/upstream/http/streams/sse.js';
import { serverConfig } from '../../../../support/upstreams/under-test.js';

const server = serverConfig({ target: 'http://127.0.0.1:1/', maxResponseBytes: 2000 });

async function* chunked(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function messages(...chunks: (Buffer | string)[]): Promise<string[]> {
  const found: string[] = [];
  const buffers = chunks.map((chunk) => Buffer.from(chunk as string));
  for await (const message of sseMessages(server, chunked(buffers))) found.push(message.toString());
  return found;
}

const first = '{"id":1,"big":12345678901234567890,"text":"é🙂\\u0001"}';
const second = '{"id":2}';

describe('messages of an event stream', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('are the same wherever the stream is cut, with %s', async (_name, eol) => {
    const lines = [': hello', 'retry: 10', 'id: 7', 'event: message', `data: ${first}`, ''];
    const stream = Buffer.from([...lines, 'id: 8', `data:${second}`, '', ''].join(eol));
    for (let cut = 0; cut <= stream.length; cut++) {
      const found = await messages(stream.subarray(0, cut), stream.subarray(cut));
      expect(found, `cut at ${cut}`).toEqual([first, second]);
    }
    expect(await messages(...[...stream].map((byte) => Buffer.from([byte])))).toEqual([
      first,
      second,
    ]);
  });

  it('are handed out with the last byte they need, not with the next chunk', async () => {
    let ended = false;
    const source = (async function* () {
      yield Buffer.from(`data: ${second}\r\r`);
      ended = true;
    })();
    for await (const message of sseMessages(server, source)) {
      expect(message.toString()).toBe(second);
      expect(ended).toBe(false);
    }
    expect(ended).toBe(true);
  });

  it('may begin with a byte order mark and span several data lines', async () => {
    expect(await messages('\uFEFFdata: {"a":\ndata: 1}\n\n')).toEqual(['{"a":\n1}']);
  });

  it('are not made of other event types, of empty data, or of an event cut off', async () => {
    expect(await messages('event: ping\ndata: {}\n\nid: 1\ndata:\n\ndata: {"cut":1}\n')).toEqual(
      [],
    );
  });

  it('keep every byte of any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.nat(),
        async (text, at) => {
          const body = JSON.stringify(text);
          const stream = Buffer.from(`data: ${body}\n\n`);
          const cut = at % stream.length;
          expect(await messages(stream.subarray(0, cut), stream.subarray(cut))).toEqual([body]);
        },
      ),
    );
  });
});

describe('an event stream is refused', () => {
  it('when it is not UTF-8', async () => {
    await expect(messages(Buffer.from([0x64, 0x61, 0xff, 0x0a]))).rejects.toMatchObject({
      code: 'upstream_protocol',
    });
  });

  it.each([
    ['in one line', `data: ${'x'.repeat(2001)}\n\n`],
    ['in many lines', `${'data: xxxxxxxxx\n'.repeat(201)}\n`],
    ['in multi-byte text', `data: ${'é'.repeat(1001)}\n\n`],
    ['without an end', 'data: '.padEnd(4000, 'x')],
  ])('when an event is over the limit %s', async (_name, stream) => {
    await expect(messages(stream)).rejects.toMatchObject({
      code: 'upstream_too_large',
      data: { server: 'srv', limit: 2000 },
    });
  });

  it('when lines that belong to no event come without end', async () => {
    const event = 'data: {}\n\n';
    expect(await messages('nothing\n'.repeat(100) + event)).toEqual(['{}']);
    await expect(messages('nothing\n'.repeat(102) + event)).rejects.toMatchObject({
      code: 'upstream_protocol',
    });
    expect(await messages(`x: 1\n${event}`.repeat(1_000))).toHaveLength(1_000);
  });

  it('but not when many small events together are', async () => {
    expect(await messages(`data: ${second}\n\n`.repeat(1000))).toHaveLength(1000);
  });

  it('and a flood of line ends costs no more than its length', async () => {
    const cost = async (chunks: number): Promise<number> => {
      const flood = Array.from({ length: chunks }, () => '\r'.repeat(65_536));
      const times: number[] = [];
      for (let n = 0; n < 3; n++) {
        const started = performance.now();
        await messages(...flood);
        times.push(performance.now() - started);
      }
      return Math.min(...times);
    };
    // Eight times the length; a cost that grows with its square would be 64 times as much.
    expect(await cost(32)).toBeLessThan(30 * Math.max(1, await cost(4)));
  });
});
