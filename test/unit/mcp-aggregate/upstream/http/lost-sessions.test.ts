import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { answer, json, startHttpFixture } from '../../../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';

let fixture: HttpFixture;
let upstream: Upstream;

beforeEach(async () => {
  fixture = await startHttpFixture();
  upstream = urlUpstream(fixture.url);
});
afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

const call = (subject = 'ann') => only(upstream.call(testCall('{"name":"t"}', { subject })));
const sessionOf = (one: Arrived) => String(one.headers['mcp-session-id']);
type Refuse = (arrived: Arrived, response: ServerResponse) => void;
const plain =
  (status: number, body = ''): Refuse =>
  (_arrived, response) =>
    void response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
const inside =
  (status: number, code: number, message: string, data = '{}', id?: string): Refuse =>
  (arrived, response) => {
    const error = `{"code":${code},"message":${JSON.stringify(message)},"data":${data}}`;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`{"jsonrpc":"2.0","id":${id ?? arrived.id},"error":${error}}`);
  };

/** From now on only sessions that are opened from here on are known. */
function forgetSessions(refuse: Refuse): void {
  const known = new Set(fixture.sessions);
  const unless =
    (handle: Refuse): Refuse =>
    (arrived, response) =>
      (known.has(sessionOf(arrived)) ? refuse : handle)(arrived, response);
  fixture.on(
    'tools/call',
    unless((arrived, response) => answer(arrived, response, '{"again":true}')),
  );
  fixture.on(
    'ping',
    unless((arrived, response) => answer(arrived, response, '{}')),
  );
}

describe('a session that the server has forgotten is opened again, once, when it says so by', () => {
  it.each([
    ['404', plain(404)],
    ['400', plain(400)],
    ['401, as rmcp does', plain(401, 'Unauthorized: Session not found')],
    ['403', plain(403)],
    ['410', plain(410)],
    ['500', plain(500, 'no session')],
    ['503', plain(503)],
    [
      '400 with -32000 and no id, as the TypeScript SDK does',
      inside(400, -32000, 'no', '{}', 'null'),
    ],
    ['400 with -32600 and the id', inside(400, -32600, 'no valid session')],
    ['404 with -32001 and the id', inside(404, -32001, 'Session not found')],
    ['200 with -32001', inside(200, -32001, 'Session not found')],
  ])('%s', async (_how, refuse) => {
    await call();
    forgetSessions(refuse);
    expect(await call()).toEqual({ done: '{"again":true}' });
    expect(fixture.of('initialize')).toHaveLength(2);
    expect(fixture.of('tools/call')).toHaveLength(3);
    expect(upstream.status().state).toBe('ready');
  });
});

describe('a refusal that is about what was asked', () => {
  it.each([
    ['400', plain(400), 'answered HTTP 400'],
    ['401', plain(401), 'wants a credential, and none is configured for it (HTTP 401)'],
    ['403', plain(403), 'forbids the request (HTTP 403)'],
    ['410', plain(410), 'answered HTTP 410'],
    ['500', plain(500), 'answered HTTP 500'],
    [
      '400 with an error of another id',
      inside(400, -32602, 'x must be\u202e a number\n', '{}', '"other"'),
      'answered HTTP 400 with JSON-RPC error -32602 ("x must be  a number")',
    ],
  ])('by %s leaves the session to all who share it, and is told', async (_how, refuse, why) => {
    await call();
    fixture.on('ping', (arrived, response) => answer(arrived, response, '{}'));
    fixture.on('tools/call', refuse);
    for (let n = 0; n < 2; n++) {
      expect(await call()).toMatchObject({ message: `server srv ${why}` });
    }
    expect(fixture.of('initialize')).toHaveLength(1);
    fixture.on('tools/call', (arrived, response) => answer(arrived, response, '{"fine":true}'));
    expect(await call()).toEqual({ done: '{"fine":true}' });
    expect(new Set(fixture.of('tools/call').map(sessionOf)).size).toBe(1);
  });

  it('is told too where the server knows no ping', async () => {
    await call();
    fixture.on('ping', inside(200, -32601, 'Method not found'));
    fixture.on('tools/call', plain(403));
    expect(await call()).toMatchObject({ data: { status: 403 } });
    expect(fixture.of('initialize')).toHaveLength(1);
  });

  it.each([
    [400, -32602, 'x must be a number'],
    [404, -32602, 'Unknown tool'],
    [422, 4711, 'no such account'],
    [500, -32603, 'it broke'],
    [500, -32000, 'Internal error'],
    [503, -32050, 'come back later'],
    [200, -32001, 'Request timed out'],
  ])('in HTTP %i is the server’s own answer: %i', async (status, code, message) => {
    await call();
    fixture.on('ping', (arrived, response) => answer(arrived, response, '{}'));
    fixture.on('tools/call', inside(status, code, message, '{"path":"x"}'));
    const seen = await call();
    expect(JSON.parse((seen as { answered: string }).answered)).toEqual({
      code,
      message,
      data: { path: 'x' },
    });
    expect(fixture.of('initialize')).toHaveLength(1);
  });

  it.each([401, 403, 407])('in HTTP %i stays ours, whatever its body says', async (status) => {
    await call();
    fixture.on('ping', (arrived, response) => answer(arrived, response, '{}'));
    fixture.on('tools/call', inside(status, -32602, 'secret'));
    const seen = await call();
    expect(seen).toMatchObject({ fail: 'upstream_unavailable', data: { status } });
    expect(JSON.stringify(seen)).not.toContain('secret');
  });

  it('where the server says when to ask again, is ours with its reason', async () => {
    await call();
    fixture.on('tools/call', (arrived, response) => {
      response.setHeader('retry-after', '7');
      inside(429, -32029, 'slow down')(arrived, response);
    });
    expect(await call()).toMatchObject({
      message:
        'server srv answered HTTP 429: it may be asked again in 7 s with JSON-RPC error -32029 ("slow down")',
      data: { status: 429, retry_after_ms: 7000 },
    });
  });
});

describe('a call that failed in another way than all is refused', () => {
  it('is not sent again, since it may have been worked on; the next one finds a new session', async () => {
    await call();
    fixture.on('ping', plain(404));
    fixture.on('tools/call', plain(500, 'crashed'));
    expect(await call()).toMatchObject({ message: 'server srv answered HTTP 500' });
    expect(fixture.of('tools/call')).toHaveLength(2);
  });

  it('by 401 of a server that wants a credential even for a new session is told, once', async () => {
    await call();
    for (const method of ['tools/call', 'ping', 'initialize']) fixture.on(method, plain(401));
    expect(await call()).toMatchObject({
      message: 'server srv wants a credential, and none is configured for it (HTTP 401)',
    });
    expect(fixture.of('initialize')).toHaveLength(2);
    expect(fixture.of('tools/call')).toHaveLength(2);
  });

  it('many at once cost one ping', async () => {
    await call();
    let held: (() => void)[] = [];
    fixture.on('ping', (arrived, response) => {
      held.push(() => answer(arrived, response, '{}'));
      if (held.length === 1) setTimeout(() => held.forEach((go) => go()), 50);
    });
    fixture.on('tools/call', plain(400));
    await Promise.all([call(), call(), call()]);
    expect(held).toHaveLength(1);
    held = [];
  });
});

describe('initialize that is refused', () => {
  it('is tried once more with a revision that the server names', async () => {
    fixture.on('initialize', (arrived, response) => {
      const { protocolVersion } = arrived.params as { protocolVersion: string };
      if (protocolVersion !== '2025-06-18')
        return inside(400, -32602, 'no', '{"supported":["2025-06-18"]}', 'null')(arrived, response);
      fixture.sessions.add('s');
      response.setHeader('mcp-session-id', 's');
      const result =
        '{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"o","version":"1"}}';
      json(response, `{"jsonrpc":"2.0","id":${arrived.id},"result":${result}}`);
    });
    expect(await call()).toHaveProperty('done');
    expect(fixture.of('initialize')).toHaveLength(2);
    expect(fixture.of('tools/call')[0]!.headers['mcp-protocol-version']).toBe('2025-06-18');
  });

  it.each(['null', undefined])('gives the server’s own reason (id %s)', async (id) => {
    const data = '{"supported":["2026-07-28"]}';
    fixture.on('initialize', inside(400, -32022, 'Unsupported protocol version', data, id));
    const why =
      'answered initialize with JSON-RPC error -32022 ("Unsupported protocol version"); it speaks 2026-07-28';
    expect(await call()).toMatchObject({ message: `server srv ${why}` });
    expect(upstream.status()).toMatchObject({ state: 'failing', lastError: why });
    expect(fixture.of('initialize')).toHaveLength(1);
  });
});
