import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { until } from '../../../../support/readiness.js';
import {
  answer,
  event,
  eventStream,
  json,
  startHttpFixture,
} from '../../../../support/upstreams/http-fixture.js';
import type { Handler, HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { stdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import {
  only,
  stdioUpstream,
  testCall,
  urlUpstream,
} from '../../../../support/upstreams/under-test.js';
import type { UpstreamUnderTest } from '../../../../support/upstreams/under-test.js';

let fixture: HttpFixture;
let upstream: Upstream;
/** The own streams of the server's sessions. */
let streams: Map<string, ServerResponse>;
let said: string[];
/** How often the server now fails to come up. */
let failures = 0;

const sessionOf = ({ headers }: HttpFixture['arrived'][number]) =>
  String(headers['mcp-session-id']);

async function setUp(over: UpstreamUnderTest = {}, sessions = true) {
  fixture = await startHttpFixture({ sessions });
  upstream = urlUpstream(fixture.url, over);
  streams = new Map();
  said = [];
  upstream.onSaid((conversation, { method, params }) => {
    const { uri, data } = JSON.parse(String(params)) as { uri?: string; data?: string };
    said.push(`${conversation} ${method.replace('notifications/', '')} ${uri ?? data}`);
  });
  fixture.on('initialize', (arrived, response) => {
    if (failures-- > 0) return void response.writeHead(500).end();
    const session = `s${fixture.of('initialize').length}`;
    fixture.sessions.add(session);
    if (sessions) response.setHeader('mcp-session-id', session);
    const capabilities = { resources: { subscribe: true }, logging: {} };
    const serverInfo = { name: 'fixture', version: '1' };
    const result = { protocolVersion: '2025-11-25', capabilities, serverInfo };
    answer(arrived, response, JSON.stringify(result));
  });
  fixture.on('GET', (arrived, response) => {
    if (!fixture.sessions.has(sessionOf(arrived))) return void response.writeHead(404).end();
    streams.set(sessionOf(arrived), response);
    eventStream(response);
  });
  for (const method of ['resources/subscribe', 'resources/unsubscribe']) {
    fixture.on(method, (arrived, response) => {
      if (fixture.sessions.has(sessionOf(arrived))) answer(arrived, response, '{}');
      else response.writeHead(404).end();
    });
  }
}

afterEach(async () => {
  await upstream.close();
  await fixture?.close();
});

const request = (method: string, uri: string, conversation: string, context = 'context-a') =>
  only(upstream.call(testCall({ uri }, { method, conversation, context })));
const subscribe = (uri: string, conversation: string, context?: string) =>
  request('resources/subscribe', uri, conversation, context);
const unsubscribe = (uri: string, conversation: string, context?: string) =>
  request('resources/unsubscribe', uri, conversation, context);
const call = (conversation: string) => only(upstream.call(testCall('{}', { conversation })));

const refuse: Handler = ({ id }, response) =>
  json(response, `{"jsonrpc":"2.0","id":${id},"error":{"code":-32002,"message":"no"}}`);

function say(session: string, method: string, params: object): void {
  streams.get(session)!.write(event(JSON.stringify({ jsonrpc: '2.0', method, params })));
}
const update = (session: string, uri: string) =>
  say(session, 'notifications/resources/updated', { uri });
const hears = (text: string) =>
  until(() => Promise.resolve(said.includes(text)), { what: `${text} was never heard` });
const sessionsOf = (method: string) => fixture.of(method).map(sessionOf);

describe('a subscription', () => {
  it('is made in a session of its own, and only its conversation hears', async () => {
    await setUp();
    expect(await subscribe('test://r', 'a')).toEqual({ done: '{}' });
    await subscribe('test://r', 'b');
    expect(sessionsOf('resources/subscribe')).toEqual(['s1', 's2']);
    update('s2', 'test://r');
    await hears('b resources/updated test://r');
    update('s1', 'test://other');
    await hears('a resources/updated test://other');
    expect(said).toHaveLength(2);
  });

  it('keeps the calls of its conversation in that session', async () => {
    await setUp();
    await call('a');
    await subscribe('test://r', 'a');
    await call('a');
    await unsubscribe('test://r', 'a');
    await call('a');
    expect(sessionsOf('tools/call')).toEqual(['s1', 's2', 's1']);
  });

  it('brings log messages that belong to no call, and nothing else', async () => {
    await setUp();
    await subscribe('test://r', 'a');
    say('s1', 'notifications/unheard-of', { data: 'x' });
    say('s1', 'notifications/message', { level: 'info', data: 'hello' });
    await hears('a message hello');
    expect(said).toHaveLength(1);
  });

  it('is ended where it was made, though its caller has other rights by now', async () => {
    await setUp();
    await subscribe('test://r', 'a', 'narrow');
    expect(await unsubscribe('test://r', 'a', 'wide')).toEqual({ done: '{}' });
    expect(sessionsOf('resources/unsubscribe')).toEqual(['s1']);
  });

  it('that nobody has is ended without asking the server', async () => {
    await setUp();
    expect(await unsubscribe('test://r', 'a')).toEqual({ done: '{}' });
    expect(fixture.arrived).toEqual([]);
  });

  it('ends with its conversation, at the server too', async () => {
    await setUp({ tuning: { maxSessions: 1 } });
    await subscribe('test://r', 'a');
    upstream.endConversation('a');
    await fixture.until('DELETE');
    expect(sessionsOf('DELETE')).toEqual(['s1']);
    await call('a');
    expect(sessionsOf('tools/call')).toEqual(['s2']);
    expect(await subscribe('test://r', 'b')).toEqual({ done: '{}' });
  });

  it('made anew with other rights is held once', async () => {
    await setUp({ tuning: { maxSessions: 2 } });
    for (const context of ['narrow', 'wide']) await subscribe('test://r', 'a', context);
    expect(await subscribe('test://r', 'b')).toEqual({ done: '{}' });
  });

  it('outlives the time after which sessions are idle, and their number', async () => {
    await setUp({ tuning: { sessionIdleMs: 50, maxSessions: 1 } });
    await subscribe('test://r', 'a');
    await call('b');
    await new Promise((resolve) => setTimeout(resolve, 200));
    update('s1', 'test://r');
    await hears('a resources/updated test://r');
    expect(sessionsOf('DELETE')).not.toContain('s1');
  });

  it('beyond the number of sessions that are held is refused', async () => {
    await setUp({ tuning: { maxSessions: 1 } });
    await subscribe('test://r', 'a');
    expect(await subscribe('test://r', 'b')).toMatchObject({ fail: 'subscription_limit' });
    await unsubscribe('test://r', 'a');
    expect(await subscribe('test://r', 'b')).toEqual({ done: '{}' });
  });

  it('that the server refuses holds nothing', async () => {
    await setUp({ tuning: { maxSessions: 1 } });
    fixture.on('resources/subscribe', refuse);
    expect(await subscribe('test://r', 'a')).toMatchObject({ answered: expect.any(String) });
    expect(await subscribe('test://r', 'b')).toMatchObject({ answered: expect.any(String) });
  });

  it('stays held though another of the same client is refused meanwhile', async () => {
    await setUp({ tuning: { maxSessions: 1 } });
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    fixture.on('resources/subscribe', async (arrived, response) => {
      if (arrived.body.includes('test://r')) {
        await gate;
        return answer(arrived, response, '{}');
      }
      return refuse(arrived, response);
    });
    const made = subscribe('test://r', 'a');
    await fixture.until('resources/subscribe');
    expect(await subscribe('test://bad', 'a')).toMatchObject({ answered: expect.any(String) });
    open();
    expect(await made).toEqual({ done: '{}' });
    expect(await subscribe('test://r', 'b')).toMatchObject({ fail: 'subscription_limit' });
  });

  it('is refused where the server keeps no sessions', async () => {
    await setUp({}, false);
    fixture.on('resources/subscribe', (arrived, response) => answer(arrived, response, '{}'));
    expect(await subscribe('test://r', 'a')).toMatchObject({ fail: 'method_not_found' });
    const { offered } = await upstream.list('tool', new AbortController().signal);
    expect([...offered]).toEqual(['resources', 'logging']);
  });

  it('is refused where all share one process', async () => {
    await setUp();
    await upstream.close();
    const child = stdioFixture();
    upstream = stdioUpstream(child);
    expect(await subscribe('test://r', 'a')).toMatchObject({ fail: 'method_not_found' });
    expect(child.journal().join()).not.toContain('subscribe');
    child.remove();
  });
});

describe('a server that has lost the session of a subscription', () => {
  it('is subscribed to anew with the next call, and the conversation told', async () => {
    await setUp();
    fixture.on('tools/call', (arrived, response) => {
      if (fixture.sessions.has(sessionOf(arrived))) answer(arrived, response, '{}');
      else response.writeHead(404).end();
    });
    await subscribe('test://r', 'a');
    await subscribe('test://q', 'a');
    fixture.sessions.clear();
    expect(await call('a')).toEqual({ done: '{}' });
    await hears('a resources/updated test://q');
    expect(said).toEqual(['a resources/updated test://r', 'a resources/updated test://q']);
    expect(sessionsOf('resources/subscribe')).toEqual(['s1', 's1', 's2', 's2']);
    update('s2', 'test://r');
    await until(() => Promise.resolve(said.length === 3), {
      what: 'the new session was not heard',
    });
  });

  it('is subscribed to anew when its stream cannot be opened again', async () => {
    await setUp();
    await subscribe('test://r', 'a');
    fixture.sessions.clear();
    streams.get('s1')!.end('retry: 10\n\n');
    await hears('a resources/updated test://r');
    expect(sessionsOf('resources/subscribe')).toEqual(['s1', 's2']);
  });

  it('is subscribed to anew however often it fails to come up again', async () => {
    await setUp();
    await subscribe('test://r', 'a');
    fixture.sessions.clear();
    failures = 2;
    streams.get('s1')!.end('retry: 10\n\n');
    await hears('a resources/updated test://r');
  });

  it('is not subscribed to what it refuses by now', async () => {
    await setUp();
    await subscribe('test://r', 'a');
    fixture.on('resources/subscribe', refuse);
    fixture.sessions.clear();
    streams.get('s1')!.end('retry: 10\n\n');
    await hears('a resources/updated test://r');
    await unsubscribe('test://r', 'a');
    expect(fixture.of('resources/unsubscribe')).toEqual([]);
  });

  it('is not set up again for subscriptions that have ended', async () => {
    await setUp();
    await subscribe('test://r', 'a');
    await unsubscribe('test://r', 'a');
    fixture.sessions.clear();
    const gone = fixture.of('GET').length + 1;
    streams.get('s1')!.end('retry: 10\n\n');
    await fixture.until('GET', gone);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(fixture.of('initialize')).toHaveLength(1);
  });
});

describe('the stream of a subscription that ends', () => {
  it('is opened again in the same session, also when the server still holds the last', async () => {
    await setUp();
    await subscribe('test://r', 'a');
    let refusals = 0;
    fixture.on('GET', (arrived, response) => {
      if (refusals++ === 0) return void response.writeHead(409).end();
      streams.set(sessionOf(arrived), response);
      eventStream(response);
    });
    streams.get('s1')!.end('id: 7\nretry: 10\ndata: \n\n');
    await fixture.until('GET', 3);
    expect(fixture.of('GET')[2]?.headers).toMatchObject({
      'mcp-session-id': 's1',
      'last-event-id': '7',
    });
    await until(() => Promise.resolve(streams.get('s1')?.destroyed === false), {
      what: 'no stream',
    });
    update('s1', 'test://r');
    await hears('a resources/updated test://r');
    expect(fixture.of('initialize')).toHaveLength(1);
  });
});
