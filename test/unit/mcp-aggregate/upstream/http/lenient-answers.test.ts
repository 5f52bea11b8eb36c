import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import {
  event,
  json,
  resultMessage,
  startHttpFixture,
} from '../../../../support/upstreams/http-fixture.js';
import type { Arrived, Handler, HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { collect, only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';

const limit = 3_000_000;
const result = '{ "n":9007199254740993, "e":1.50,"text":"\\u00e9é🙂" }';
const note = '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":1.0}}';

let fixture: HttpFixture;
let upstream: Upstream;

beforeEach(async () => {
  fixture = await startHttpFixture();
  upstream = urlUpstream(fixture.url, { maxResponseBytes: limit });
});

afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

const call = () => upstream.call(testCall('{"name":"t"}'));
const answered = (handler: Handler) => {
  fixture.on('tools/call', handler);
  return collect(call());
};
const message = (one: Arrived) => resultMessage(one, result);

/** Sends with the given headers, in two pieces where `cut` says so. */
function sending(
  headers: Record<string, string>,
  body: (one: Arrived) => string | Buffer,
): Handler {
  return (one, response) => {
    response.writeHead(200, headers);
    response.end(body(one));
  };
}

describe('what a server labels wrongly is read as what it is', () => {
  it.each([
    ['JSON without a content type', undefined],
    ['JSON as text/plain', 'text/plain; charset=utf-8'],
    ['JSON as an event stream', 'text/event-stream'],
    ['JSON of its own kind', 'application/vnd.example+json'],
    ['JSON as text/json', 'text/json'],
    ['JSON under a doubled content type', 'application/json, application/json'],
    ['JSON in US-ASCII', 'application/json; charset=us-ascii'],
  ])('%s', async (_what, type) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    expect(await answered(sending(headers, message))).toEqual([{ done: result }]);
  });

  it.each(['application/json', 'text/plain', undefined])(
    'an event stream as %s, as it arrives',
    async (type) => {
      fixture.on('tools/call', (one, response) => {
        response.writeHead(200, type === undefined ? {} : { 'content-type': type });
        response.write(event(note));
        void fixture.until('notifications/seen').then(() => response.end(event(message(one))));
      });
      const events = call()[Symbol.asyncIterator]();
      // The stream is not over yet.
      expect((await events.next()).value).toMatchObject({ type: 'note' });
      await fetch(fixture.url, { method: 'POST', body: '{"method":"notifications/seen"}' });
      expect((await events.next()).value).toMatchObject({ type: 'done' });
    },
  );

  it('text that is neither is refused', async () => {
    for (const type of ['text/plain', 'application/json']) {
      const seen = await answered(sending({ 'content-type': type }, () => '<html>secret</html>'));
      expect(seen).toMatchObject([{ fail: 'upstream_protocol' }]);
      expect(JSON.stringify(seen)).not.toContain('secret');
    }
  });
});

describe('bytes around a message do not count', () => {
  const mark = '\uFEFF';
  it.each<[string, string, (one: Arrived) => string]>([
    ['a byte order mark before JSON', 'application/json', (one) => `${mark}${message(one)}`],
    ['a byte order mark before events', 'text/event-stream', (one) => mark + event(message(one))],
    ['blanks before JSON', 'application/json', (one) => ` \r\n\t${message(one)}`],
    ['many line ends before JSON', 'application/json', (one) => '\n'.repeat(99_999) + message(one)],
    ['blanks after JSON', 'application/json', (one) => `${message(one)} \r\n\n\t`],
    ['line ends before events', 'text/event-stream', (one) => `\r\n\n${event(message(one))}`],
    [
      'all of it before JSON labelled events',
      'text/event-stream',
      (one) => `${mark}\n${message(one)}`,
    ],
    [
      'all of it before events labelled JSON',
      'application/json',
      (one) => `${mark}\n${event(message(one))}`,
    ],
  ])('%s', async (_what, type, body) => {
    expect(await answered(sending({ 'content-type': type }, body))).toEqual([{ done: result }]);
  });

  it.each([
    ['nothing', ''],
    ['blanks', '\r\n\n'],
    ['a byte order mark', '\uFEFF'],
    ['half a byte order mark', Buffer.from([0xef, 0xbb])],
  ])('but %s alone is no answer', async (_what, body) => {
    for (const type of ['application/json', 'text/event-stream']) {
      expect(await answered(sending({ 'content-type': type }, () => body))).toMatchObject([
        { fail: 'upstream_protocol', message: 'server srv answered with an empty body' },
      ]);
    }
  });

  it('and a byte order mark inside is none', async () => {
    const marked = `{"text":"${mark}"}`;
    expect(await answered((one, response) => json(response, resultMessage(one, marked)))).toEqual([
      { done: marked },
    ]);
  });
});

describe('a batch', () => {
  it.each(['2025-03-26', '2025-11-25'])('of an answer and more counts in %s', async (revision) => {
    await fixture.close();
    fixture = await startHttpFixture({ revision });
    await upstream.close();
    upstream = urlUpstream(fixture.url);
    expect(await answered((one, response) => json(response, `[${message(one)}]`))).toEqual([
      { done: result },
    ]);
    expect(await answered((one, response) => json(response, `[${note}, ${message(one)}]`))).toEqual(
      [{ note: 'notifications/message', params: '{"data":1.0}' }, { done: result }],
    );
    expect(
      await answered((one, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(event(`[${note},${message(one)}]`));
      }),
    ).toHaveLength(2);
  });

  it('that does not hold the answer, or nothing, is none', async () => {
    expect(await answered((_one, response) => json(response, `[${note}]`))).toMatchObject([
      { note: 'notifications/message' },
      { fail: 'upstream_protocol' },
    ]);
    expect(await answered((_one, response) => json(response, '[]'))).toMatchObject([
      { fail: 'upstream_protocol' },
    ]);
  });
});

const packers: [string, (text: string) => Buffer][] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['GZIP', gzipSync],
  ['deflate', deflateSync],
  ['deflate', (text) => deflateRawSync(text)],
  ['br', (text) => brotliCompressSync(text)],
];
const packed = (coding: string, type = 'application/json') => ({
  'content-type': type,
  'content-encoding': coding,
});

describe('a compressed answer', () => {
  it('is not asked for', async () => {
    await only(call());
    expect(fixture.of('tools/call')[0]!.headers['accept-encoding']).toBe('identity');
  });

  it.each(packers)('in %s is unpacked', async (coding, pack) => {
    expect(await answered(sending(packed(coding), (one) => pack(message(one))))).toEqual([
      { done: result },
    ]);
    const stream = (one: Arrived) => pack(event(note) + event(message(one)));
    expect(await answered(sending(packed(coding, 'text/event-stream'), stream))).toEqual([
      { note: 'notifications/message', params: '{"data":1.0}' },
      { done: result },
    ]);
  });

  it('under the name of none is read as it is', async () => {
    expect(await answered(sending(packed('identity'), message))).toEqual([{ done: result }]);
  });

  it.each(['zstd', 'gzip, gzip', 'constructor'])('in %s is refused', async (coding) => {
    expect(await answered(sending(packed(coding), message))).toMatchObject([
      { fail: 'upstream_protocol', message: expect.stringContaining('content encoding') },
    ]);
  });

  it.each<[string, (packed: Buffer) => Buffer]>([
    ['that is cut off', (bytes) => bytes.subarray(0, -9)],
    ['that is broken', (bytes) => Buffer.concat([bytes.subarray(0, 12), Buffer.alloc(40, 0xff)])],
    ['that is none', () => Buffer.from('{"jsonrpc":"2.0"}')],
  ])('%s is refused', async (_what, broken) => {
    for (const [coding, pack] of packers) {
      if (coding === 'deflate') continue;
      const seen = await answered(sending(packed(coding), (one) => broken(pack(message(one)))));
      expect(seen, coding).toMatchObject([
        { fail: 'upstream_protocol', message: expect.stringContaining('broken compressed data') },
      ]);
    }
  });

  it.each(packers)('in %s that explodes ends at the bound', async (coding, pack) => {
    const bomb = pack(`{"x":"${'x'.repeat(12_000_000)}`);
    expect(bomb.length).toBeLessThan(60_000);
    for (const type of ['application/json', 'text/event-stream']) {
      expect(await answered(sending(packed(coding, type), () => bomb))).toMatchObject([
        { fail: 'upstream_too_large', data: { server: 'srv' } },
      ]);
    }
    const comments = pack(': ping\n\n'.repeat(1_000_000));
    expect(
      await answered(sending(packed(coding, 'text/event-stream'), () => comments)),
    ).toMatchObject([
      { fail: 'upstream_too_large', message: expect.stringContaining('100 times when unpacked') },
    ]);
  });

  it('that is larger than the limit unpacked, but hardly compressed, ends at the limit', async () => {
    const noise = Array.from({ length: limit / 4 }, (_, i) => (i * 2654435761) >>> 0).join(' ');
    const seen = await answered(
      sending(packed('gzip'), (one) => gzipSync(resultMessage(one, `{"x":"${noise}"}`))),
    );
    expect(seen).toMatchObject([{ fail: 'upstream_too_large', data: { limit } }]);
  });

  it('on the stream of a call that is cancelled lets its connection go', async () => {
    const closed = new Promise<void>((resolve) => {
      fixture.on('tools/call', (_one, response) => {
        response.on('close', resolve);
        response.writeHead(200, packed('gzip', 'text/event-stream'));
        response.write(gzipSync(event(note)));
      });
    });
    const controller = new AbortController();
    const seen: string[] = [];
    for await (const one of upstream.call(testCall('{}', { signal: controller.signal }))) {
      seen.push(one.type);
      controller.abort();
    }
    expect(seen).toEqual(['note', 'fail']);
    await closed;
  });
});

describe('a session id', () => {
  it('that is empty means that there is none', async () => {
    await fixture.close();
    fixture = await startHttpFixture({ sessions: false });
    await upstream.close();
    upstream = urlUpstream(fixture.url);
    fixture.on('initialize', (one, response) => {
      response.setHeader('mcp-session-id', '');
      json(response, resultMessage(one, '{"protocolVersion":"2025-11-25","capabilities":{}}'));
    });
    expect(await only(call())).toEqual({ done: '{"content":[]}' });
    expect(fixture.of('tools/call')[0]!.headers).not.toHaveProperty('mcp-session-id');
  });

  it('holds from initialize on, whatever later answers say', async () => {
    fixture.on('tools/call', (one, response) => {
      response.setHeader('mcp-session-id', 'another');
      json(response, message(one));
    });
    await only(call());
    await only(call());
    const [first, second] = fixture
      .of('tools/call')
      .map(({ headers }) => headers['mcp-session-id']);
    expect(second).toBe(first);
    expect(second).not.toBe('another');
  });
});
