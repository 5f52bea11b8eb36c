import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { until } from '../../../../support/readiness.js';
import { event } from '../../../../support/upstreams/http-fixture.js';
import { startSseFixture } from '../../../../support/upstreams/sse-fixture.js';
import type { SseFixture } from '../../../../support/upstreams/sse-fixture.js';
import { collect, only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';
import type { TestCall } from '../../../../support/upstreams/under-test.js';

const versions = ['2025-11-25', '2024-11-05'];
const result = '{"content":[],"n":12345678901234567890}';
let fixture: SseFixture;
let upstream: Upstream;

beforeEach(async () => {
  fixture = await startSseFixture();
  upstream = urlUpstream(fixture.url, { transport: 'sse', versions, trusted: true });
});
afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

const call = (options: TestCall = {}) => only(upstream.call(testCall('{"name":"t"}', options)));
const methods = () => fixture.posted.map(({ method }) => method);

describe('a server of the transport of 2024-11-05', () => {
  it('is told all at the address it names, and its bytes come back as they are', async () => {
    expect(await call()).toEqual({ done: result });
    expect(methods()).toEqual(['initialize', 'notifications/initialized', 'tools/call']);
    expect(new Set(fixture.posted.map(({ path }) => path)).size).toBe(1);
    expect(fixture.refused).toEqual([]);
    expect(upstream.status()).toMatchObject({ state: 'ready', said: { revision: '2024-11-05' } });
  });

  it('has one stream for each context, and for each conversation that can be asked', async () => {
    await Promise.all([call(), call(), call({ context: 'b' })]);
    expect(fixture.opened()).toBe(2);
    const capabilities = { sampling: {} };
    await call({ conversation: 'one', capabilities });
    await call({ conversation: 'two', capabilities });
    expect(fixture.opened()).toBe(4);
    upstream.endConversation('one');
    await until(() => fixture.streams.size === 3, { what: 'the stream is still open' });
  });

  it('may ask in a call, is answered by POST, and its progress belongs to the call', async () => {
    fixture.on('tools/call', ({ id, body }, response, stream) => {
      response.writeHead(202).end();
      const { progressToken } = (
        JSON.parse(body) as { params: { _meta: { progressToken: number } } }
      ).params._meta;
      stream.write(
        event(
          `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${progressToken},"progress":1}}`,
        ),
      );
      stream.write(event('{"jsonrpc":"2.0","id":"q","method":"roots/list"}'));
      fixture.on('reply', (reply, answer) => {
        answer.writeHead(202).end();
        stream.write(event(`{"jsonrpc":"2.0","id":${id},"result":{"saw":${reply.body}}}`));
      });
    });
    const asked = testCall('{"name":"t","_meta":{"progressToken":"mine"}}', {
      conversation: 'one',
      capabilities: { roots: {} },
    });
    const answer = Buffer.from('{"roots":[]}');
    const seen = await collect(upstream.call(asked), (ask) => ask.answer({ result: answer }));
    expect(seen).toEqual([
      { note: 'notifications/progress', params: '{"progressToken":"mine","progress":1}' },
      { ask: 'roots/list' },
      { done: '{"saw":{"jsonrpc":"2.0","id":"q","result":{"roots":[]}}}' },
    ]);
  });

  it('is told of a call that is given up', async () => {
    fixture.on('tools/call', (_posted, response) => void response.writeHead(202).end());
    const controller = new AbortController();
    const calling = call({ signal: controller.signal });
    await until(() => methods().includes('tools/call'), { what: 'no call came' });
    controller.abort();
    expect(await calling).toMatchObject({ fail: 'cancelled' });
    await until(() => methods().includes('notifications/cancelled'), { what: 'was not told' });
  });

  it('fails what is under way when its stream ends, and the next call has another', async () => {
    await call();
    fixture.on('tools/call', (_posted, response) => void response.writeHead(202).end());
    const calling = call();
    await until(() => methods().filter((one) => one === 'tools/call').length === 2, { what: '?' });
    for (const stream of fixture.streams.values()) stream.end();
    expect(await calling).toMatchObject({ fail: 'upstream_unavailable' });
    fixture.on('tools/call', ({ id }, response, stream) => {
      response.writeHead(202).end();
      stream.write(event(`{"jsonrpc":"2.0","id":${id},"result":{"anew":true}}`));
    });
    // A stream that ended so soon is not opened again at once.
    await until(async () => JSON.stringify(await call()).includes('anew'), { what: 'no answer' });
    expect(fixture.opened()).toBe(2);
  });

  it.each([
    ['404', 404, ''],
    ['400', 400, 'No transport found for sessionId'],
  ])('that answers %s no longer knows the session: the call is sent again', async (_t, status) => {
    await call();
    const [old] = [...fixture.streams.keys()];
    const refuse = (path: string) => path.includes(old!);
    for (const method of ['tools/call', 'ping']) {
      fixture.on(method, ({ path, id }, response, stream) => {
        if (refuse(path)) return void response.writeHead(status).end('unknown');
        response.writeHead(202).end();
        stream.write(event(`{"jsonrpc":"2.0","id":${id},"result":{"again":true}}`));
      });
    }
    expect(await call()).toEqual({ done: '{"again":true}' });
    await until(() => fixture.streams.size === 1, { what: 'the old stream is still open' });
  });

  it.each([
    [401, 'upstream_unavailable', /wants a credential/],
    [500, 'upstream_unavailable', /HTTP 500/],
    [302, 'upstream_protocol', /redirect/],
  ])('that answers %i fails that call alone', async (status, fail, message) => {
    await call();
    fixture.on('tools/call', (_posted, response) => void response.writeHead(status).end());
    expect(await call()).toMatchObject({ fail, message: expect.stringMatching(message) });
    expect(await only(upstream.call(testCall('{}', { method: 'ping' })))).toEqual({ done: '{}' });
    expect(fixture.opened()).toBe(1);
  });

  it('that answers before it accepts the request has answered', async () => {
    fixture.on('tools/call', ({ id }, response, stream) => {
      stream.write(event(`{"jsonrpc":"2.0","id":${id},"result":{"soon":1}}`), () =>
        response.writeHead(500).end(),
      );
    });
    expect(await call()).toEqual({ done: '{"soon":1}' });
  });

  it('may send large messages, and none over the limit', async () => {
    const sized = (bytes: number) =>
      fixture.on('tools/call', ({ id }, response, stream) => {
        response.writeHead(202).end();
        stream.write(event(`{"jsonrpc":"2.0","id":${id},"result":{"s":"${'x'.repeat(bytes)}"}}`));
      });
    sized(600_000);
    expect(await call()).toEqual({ done: `{"s":"${'x'.repeat(600_000)}"}` });
    sized(1_100_000);
    expect(await call()).toMatchObject({ fail: 'upstream_too_large' });
  });

  it('tells of changed lists, and garbage between messages ends nothing', async () => {
    await call();
    const told: string[] = [];
    upstream.onListChanged((method) => told.push(method));
    fixture.say('no JSON');
    fixture.say('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
    await until(() => told.length > 0, { what: 'was not told' });
    expect(await call()).toEqual({ done: result });
  });

  it('is subscribed at again, and asked for its lists, when a stream has ended', async () => {
    fixture.on('resources/subscribe', ({ id }, response, stream) => {
      response.writeHead(202).end();
      stream.write(event(`{"jsonrpc":"2.0","id":${id},"result":{}}`));
    });
    const subscribe = { method: 'resources/subscribe', conversation: 'one' };
    expect(await only(upstream.call(testCall({ uri: 'a:b' }, subscribe)))).toEqual({ done: '{}' });
    await upstream.list('tool', new AbortController().signal);
    const told: string[] = [];
    upstream.onListChanged((method) => told.push(method));
    for (const stream of fixture.streams.values()) stream.end();
    const count = () => methods().filter((method) => method === 'resources/subscribe').length;
    await until(() => count() === 2, { what: 'was not subscribed at again' });
    expect(told).toContain('notifications/tools/list_changed');
  });

  it('that floods is given up', async () => {
    await upstream.close();
    const floodBounds = { messages: 50, bytes: 1_000_000, windowMs: 60_000 };
    upstream = urlUpstream(fixture.url, { transport: 'sse', versions, tuning: { floodBounds } });
    await call();
    for (let i = 0; i < 60; i++) fixture.say(`{"jsonrpc":"2.0","method":"notifications/x"}`);
    await until(() => fixture.streams.size === 0, { what: 'the stream is still open' });
    expect(upstream.status()).toMatchObject({ state: 'failing' });
  });
});

describe('an event stream that is none of this transport is refused:', () => {
  it.each([
    ['a message first', event('{"jsonrpc":"2.0","method":"x"}'), /without an endpoint event first/],
    ['another origin', 'event: endpoint\ndata: http://evil.example/m\n\n', /another origin/],
    ['an end', undefined, /ended its event stream/],
    [
      'two addresses',
      'event: endpoint\ndata: /messages?session=1\n\nevent: endpoint\ndata: /b\n\n',
      /two addresses/,
    ],
    [
      'silence',
      '',
      /no event stream with an endpoint event within 300 ms|did not answer within 300/,
    ],
  ])('%s', async (_title, said, reason) => {
    await upstream.close();
    upstream = urlUpstream(fixture.url, { transport: 'sse', versions, timeoutMs: 300 });
    fixture.onGet((response) => (said === undefined ? response.end() : response.write(said)));
    const failed = await call();
    expect(failed).toMatchObject({ message: expect.stringMatching(reason) });
    await until(() => fixture.streams.size === 0, { what: 'the stream is still open' });
    expect(fixture.posted).toEqual([]);
  });

  it('the same address twice is taken', async () => {
    fixture.onGet((response, session) => {
      const named = `event: endpoint\ndata: /messages?session=${session}\n\n`;
      response.write(`: hello\n\nevent: ping\ndata: x\n\n${named}${named}`);
    });
    expect(await call()).toEqual({ done: result });
  });
});
