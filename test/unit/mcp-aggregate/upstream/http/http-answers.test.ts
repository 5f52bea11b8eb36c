import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import {
  answer,
  event,
  eventStream,
  json,
  resultMessage,
  startHttpFixture,
} from '../../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { collect, only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';

let fixture: HttpFixture;
let upstream: Upstream;

beforeEach(async () => {
  fixture = await startHttpFixture();
  upstream = urlUpstream(fixture.url, { maxResponseBytes: 20_000 });
});

afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

/** Gives whatever can go on time to do so. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

const call = () => upstream.call(testCall('{"name":"t"}'));
const result = '{ "n":9007199254740993, "e":1.50,"text":"\\u00e9é" }';

describe('an answer', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json; profile=x',
  ])('in %s arrives byte for byte', async (type) => {
    fixture.on('tools/call', (one, response) => json(response, resultMessage(one, result), type));
    expect(await only(call())).toEqual({ done: result });
  });

  it('in an event stream arrives byte for byte, after its notifications', async () => {
    fixture.on('tools/call', (one, response) => {
      eventStream(response);
      response.write(': comment\n\nid: 1\ndata:\n\n');
      response.write(
        event('{"jsonrpc":"2.0","method":"notifications/message","params":{"data":1.0}}'),
      );
      response.end(event(resultMessage(one, result)));
    });
    expect(await collect(call())).toEqual([
      { note: 'notifications/message', params: '{"data":1.0}' },
      { done: result },
    ]);
  });

  it('counts even if the stream then stays open, and the next call is not held up', async () => {
    fixture.on('tools/call', (one, response) => {
      eventStream(response);
      response.write(event(resultMessage(one, result)));
    });
    expect(await only(call())).toEqual({ done: result });
    expect(await only(call())).toEqual({ done: result });
  });

  it("that is the server's own error is passed on as it is", async () => {
    const error = '{"code":-32602,"message":"no","data":{"n":9007199254740993}}';
    fixture.on('tools/call', (one, response) => {
      json(response, `{"jsonrpc":"2.0","id":${one.id},"error":${error}}`);
    });
    expect(await only(call())).toEqual({ answered: error });
  });
});

describe('an answer is refused, naming the server', () => {
  const message = (one: { id: string }) => resultMessage(one, result);
  it.each<[string, string, Parameters<HttpFixture['on']>[1]]>([
    [
      'of another content type',
      'neither JSON nor an event stream (text/html)',
      (one, response) => json(response, message(one), 'text/html'),
    ],
    [
      'in another charset',
      'charset',
      (one, response) => json(response, message(one), 'application/json; charset=latin1'),
    ],
    [
      'labelled JSON that is none',
      'not a JSON-RPC message',
      (_one, response) => json(response, '<html>secret</html>'),
    ],
    [
      'with a foreign id',
      'ended its answer',
      (_one, response) => json(response, resultMessage({ id: '77' }, result)),
    ],
    ['that is empty', 'an empty body', (_one, response) => json(response, '')],
    ['that only accepts', 'HTTP 202', (_one, response) => void response.writeHead(202).end()],
    [
      'whose stream ends early',
      'ended its answer',
      (_one, response) => {
        eventStream(response);
        response.end(': bye\n\n');
      },
    ],
    [
      'by a redirect',
      'redirect (HTTP 307)',
      (_one, response) => void response.writeHead(307, { location: fixture.url }).end(),
    ],
    [
      'with too many headers',
      '16 KiB of headers',
      (one, response) => {
        response.setHeader('x-secret', 'secret'.repeat(4000));
        json(response, message(one));
      },
    ],
    ['with status 418', 'HTTP 418', (_one, response) => void response.writeHead(418).end('secret')],
  ])('%s', async (_what, says, handler) => {
    fixture.on('tools/call', handler);
    const seen = await only(call());
    expect(seen).toMatchObject({ fail: 'upstream_protocol', data: { server: 'srv' } });
    expect(JSON.stringify(seen)).toContain(says);
    expect(JSON.stringify(seen)).not.toContain('secret');
  });

  it.each([
    [401, 'wants a credential, and none is configured for it (HTTP 401)'],
    [403, 'forbids the request (HTTP 403)'],
    [407, 'is behind a proxy that wants a credential (HTTP 407)'],
    [429, 'answered HTTP 429'],
    [500, 'answered HTTP 500'],
    [503, 'answered HTTP 503'],
  ])('with status %i, of which nothing but the number is told', async (status, says) => {
    fixture.on('tools/call', (_one, response) => {
      response.writeHead(status, { 'www-authenticate': 'Bearer secret', 'x-a': 'secret' });
      response.end('<p>secret</p>');
    });
    expect(await only(call())).toEqual({
      fail: 'upstream_unavailable',
      message: `server srv ${says}`,
      data: { server: 'srv', state: 'failing', status },
    });
  });

  it.each<[string, Parameters<HttpFixture['on']>[1]]>([
    [
      'as JSON',
      (one, response) => json(response, resultMessage(one, `{"x":"${'x'.repeat(20_000)}"}`)),
    ],
    [
      'as an event',
      (one, response) => {
        eventStream(response);
        response.end(event(resultMessage(one, `{"x":"${'x'.repeat(20_000)}"}`)));
      },
    ],
    [
      'as JSON without an end',
      (_one, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('x'.repeat(30_000));
      },
    ],
    [
      'as an event without an end',
      (_one, response) => {
        eventStream(response);
        response.write(`data: ${'x'.repeat(30_000)}`);
      },
    ],
  ])('that is too large %s', async (_what, handler) => {
    fixture.on('tools/call', handler);
    expect(await only(call())).toMatchObject({
      fail: 'upstream_too_large',
      data: { server: 'srv', limit: 20_000 },
    });
  });

  it('whose connection breaks in mid-stream, after the notifications that came', async () => {
    fixture.on('tools/call', (_one, response) => {
      eventStream(response);
      const note = event('{"jsonrpc":"2.0","method":"notifications/message","params":{}}');
      response.write(note, () => response.destroy());
    });
    expect(await collect(call())).toEqual([
      { note: 'notifications/message', params: '{}' },
      {
        fail: 'upstream_unavailable',
        message: 'server srv broke the connection',
        data: { server: 'srv', state: 'failing' },
      },
    ]);
  });
});

describe('a server', () => {
  it('that asks something of the client is refused on its session, and the call goes on', async () => {
    fixture.on('tools/call', async (one, response) => {
      eventStream(response);
      response.write(
        event('{"jsonrpc":"2.0","id":"q1","method":"elicitation/create","params":{}}'),
      );
      response.write(event('{"jsonrpc":"2.0","id":"q2","method":"ping"}'));
      await fixture.until('reply', 2);
      response.end(event(resultMessage(one, '{"ok":true}')));
    });
    expect(await only(call())).toEqual({ done: '{"ok":true}' });
    const replies = fixture.of('reply');
    expect(
      replies.map(({ body }) => JSON.parse(body)).sort((a, b) => (a.id < b.id ? -1 : 1)),
    ).toEqual([
      { jsonrpc: '2.0', id: 'q1', error: { code: -32601, message: expect.any(String) } },
      { jsonrpc: '2.0', id: 'q2', result: {} },
    ]);
    expect(fixture.sessions).toContain(replies[0]!.headers['mcp-session-id']);
  });

  it('that changes its list in a call is noticed', async () => {
    const changed: string[] = [];
    const remove = upstream.onListChanged((method) => changed.push(method));
    fixture.on('tools/call', (one, response) => {
      eventStream(response);
      response.write(event('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'));
      response.end(event(resultMessage(one, '{}')));
    });
    expect(await only(call())).toEqual({ done: '{}' });
    remove();
    await only(call());
    expect(changed).toEqual(['notifications/tools/list_changed']);
  });

  it('that is slowly read is made to wait, and nothing is lost', async () => {
    const total = 6000;
    fixture.on('tools/call', (one, response) => {
      eventStream(response);
      for (let i = 0; i < total; i++) {
        response.write(
          event(`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":${i}}}`),
        );
      }
      response.end(event(resultMessage(one, '{}')));
    });
    let expected = 0;
    for await (const seen of call()) {
      if (seen.type === 'note') {
        expect(seen.params?.toString()).toBe(`{"data":${expected++}}`);
        if (expected === 1) await turns(500);
      } else {
        expect(seen.type).toBe('done');
      }
    }
    expect(expected).toBe(total);
  });

  it('that answers out of order keeps its callers apart', async () => {
    const waiting: (() => void)[] = [];
    fixture.on('tools/call', (one, response) => {
      waiting.push(() => answer(one, response, `{"to":${one.params.n}}`));
      if (waiting.length === 5) for (const send of waiting.reverse()) send();
    });
    const calls = [1, 2, 3, 4, 5].map((n) => only(upstream.call(testCall({ n }))));
    expect(await Promise.all(calls)).toEqual([1, 2, 3, 4, 5].map((n) => ({ done: `{"to":${n}}` })));
  });
});
