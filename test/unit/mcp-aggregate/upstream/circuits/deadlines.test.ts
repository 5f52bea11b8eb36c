import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import {
  answer,
  event,
  eventStream,
  startHttpFixture,
} from '../../../../support/upstreams/http-fixture.js';
import type { Handler, HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { collect, only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';

let fixture: HttpFixture;
let upstream: Upstream;
const deadline = { timeoutMs: 250 };

beforeEach(async () => {
  fixture = await startHttpFixture();
  upstream = urlUpstream(fixture.url, deadline);
});

afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

const call = (signal?: AbortSignal) =>
  upstream.call(testCall('{"name":"t"}', signal ? { signal } : {}));
const timedOut = {
  fail: 'upstream_timeout',
  message:
    'server srv did not answer within 250 ms: see timeout in servers[srv], and of single tools in its tools.overrides',
  data: { server: 'srv', deadline_ms: 250 },
};

const silent: Handler = () => {};
const headOnly: Handler = (_one, response) => eventStream(response);
const halfJson: Handler = (_one, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"jsonrpc":');
};
const chatty: Handler = (_one, response) => {
  eventStream(response);
  const timer = setInterval(() => response.write(': still here\n\n'), 20);
  response.on('close', () => clearInterval(timer));
};

describe('the deadline ends a call to a server that', () => {
  it.each<[string, Handler]>([
    ['never answers', silent],
    ['begins a stream and says nothing', headOnly],
    ['stops in the middle of a JSON answer', halfJson],
    ['keeps a stream alive with comments', chatty],
  ])('%s, and the server is told', async (_what, handler) => {
    fixture.on('tools/call', handler);
    expect(await only(call())).toEqual(timedOut);
    await fixture.until('notifications/cancelled');
    const id = JSON.parse(fixture.of('tools/call')[0]!.id) as number;
    expect(fixture.of('notifications/cancelled')[0]!.params).toEqual({
      requestId: id,
      reason: 'deadline passed',
    });
  });

  it.each(['initialize', 'notifications/initialized'])(
    'hangs at %s, without a cancellation of the handshake',
    async (stage) => {
      fixture.on(stage, silent);
      expect(await only(call())).toEqual(timedOut);
      await expect.poll(() => upstream.status().state).toBe('failing');
      fixture.on(stage, (one, response) => void response.writeHead(500).end(one.id));
      await only(call());
      expect(fixture.of('notifications/cancelled')).toEqual([]);
    },
  );

  it('takes the connection and never speaks HTTP', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const other = urlUpstream(
      `http://127.0.0.1:${(mute.address() as AddressInfo).port}/`,
      deadline,
    );
    expect(await only(other.call(testCall('{}')))).toEqual(timedOut);
    await other.close();
    for (const socket of sockets) socket.destroy();
    mute.close();
  });

  it('hangs at a list', async () => {
    fixture.on('tools/list', silent);
    const list = upstream.list('tool', new AbortController().signal);
    await expect(list).rejects.toMatchObject({ code: 'upstream_timeout', data: timedOut.data });
  });
});

describe('progress of a call', () => {
  const progress = (token: unknown, n: number) => {
    const params = { progressToken: token, progress: n };
    return event(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params }));
  };
  /** Says so every 50 ms, and has the result after `rounds` of them. */
  const working =
    (rounds: number): Handler =>
    (one, response) => {
      eventStream(response);
      let n = 0;
      const timer = setInterval(() => {
        response.write(progress(one.params._meta.progressToken, ++n));
        if (n < rounds) return;
        clearInterval(timer);
        response.end(event(`{"jsonrpc":"2.0","id":${one.id},"result":{}}`));
      }, 50);
      response.on('close', () => clearInterval(timer));
    };
  const asked = () =>
    collect(upstream.call(testCall('{"name":"t","_meta":{"progressToken":"p"}}')));

  it('lets it last longer than its deadline', async () => {
    upstream = urlUpstream(fixture.url, { timeoutMs: 400 });
    fixture.on('tools/call', working(20));
    expect((await asked()).at(-1)).toEqual({ done: '{}' });
  });

  it('lets it last no longer than ten deadlines', async () => {
    upstream = urlUpstream(fixture.url, { timeoutMs: 200 });
    fixture.on('tools/call', working(Infinity));
    await only(upstream.call(testCall('{"name":"t"}', { method: 'ping' })));
    const started = performance.now();
    expect((await asked()).at(-1)).toMatchObject({ fail: 'upstream_timeout' });
    expect(performance.now() - started).toBeGreaterThan(1_900);
  });

  it('that ends leaves it one deadline more', async () => {
    upstream = urlUpstream(fixture.url, { timeoutMs: 200 });
    fixture.on('tools/call', (one, response) => {
      eventStream(response);
      response.write(progress(one.params._meta.progressToken, 1));
    });
    expect((await asked()).at(-1)).toMatchObject({ fail: 'upstream_timeout' });
  });
});

describe('cancelling', () => {
  const cancelled = {
    fail: 'cancelled',
    message: 'the call to server srv was cancelled',
    data: { server: 'srv' },
  };

  it.each<[string, Handler]>([
    ['before the answer begins', silent],
    ['in the middle of a stream', headOnly],
  ])('%s ends the call at once and tells the server', async (_what, handler) => {
    upstream = urlUpstream(fixture.url);
    fixture.on('tools/call', handler);
    const controller = new AbortController();
    const outcome = only(call(controller.signal));
    await fixture.until('tools/call');
    controller.abort();
    expect(await outcome).toEqual(cancelled);
    await fixture.until('notifications/cancelled');
    expect(fixture.of('notifications/cancelled')[0]!.params.reason).toBe('cancelled by the client');
  });

  it('closes the stream of the call', async () => {
    const controller = new AbortController();
    const closed = new Promise<void>((resolve) => {
      fixture.on('tools/call', (_one, response) => {
        eventStream(response);
        response.on('close', resolve);
        controller.abort();
      });
    });
    expect(await only(call(controller.signal))).toEqual(cancelled);
    await closed;
  });

  it('in the handshake ends the call and not the handshake of others', async () => {
    upstream = urlUpstream(fixture.url);
    let release = () => {};
    fixture.on('notifications/initialized', (_one, response) => {
      release = () => void response.writeHead(202).end();
    });
    const controller = new AbortController();
    const outcome = only(call(controller.signal));
    const other = only(call());
    await fixture.until('notifications/initialized');
    controller.abort();
    expect(await outcome).toEqual(cancelled);
    release();
    expect(await other).toEqual({ done: '{"content":[]}' });
    expect(fixture.of('tools/call')).toHaveLength(1);
    expect(fixture.of('initialize')).toHaveLength(1);
    expect(fixture.of('notifications/cancelled')).toEqual([]);
  });

  it('before the start sends nothing', async () => {
    expect(await only(call(AbortSignal.abort()))).toEqual(cancelled);
    expect(fixture.of('tools/call')).toEqual([]);
  });

  it('is not what a consumer does that goes away: the stream closes, nothing is sent', async () => {
    const closed = new Promise<void>((resolve) => {
      fixture.on('tools/call', (_one, response) => {
        eventStream(response);
        response.on('close', resolve);
        response.write(event('{"jsonrpc":"2.0","method":"notifications/message","params":{}}'));
      });
    });
    for await (const seen of call()) {
      expect(seen.type).toBe('note');
      break;
    }
    await closed;
    fixture.on('tools/call', (one, response) => answer(one, response, '{}'));
    expect(await collect(call())).toEqual([{ done: '{}' }]);
    expect(fixture.of('notifications/cancelled')).toEqual([]);
  });
});

describe('a server that is down', () => {
  it('fails calls with its reason, then at once while backing off, and comes back', async () => {
    const url = fixture.url;
    await fixture.close();
    upstream = urlUpstream(url, { tuning: { backoffBaseMs: 300, backoffMaxMs: 300 } });
    expect(await only(call())).toEqual({
      fail: 'upstream_unavailable',
      message: 'server srv refused the connection',
      data: { server: 'srv', state: 'failing' },
    });
    expect(upstream.status()).toMatchObject({
      state: 'failing',
      lastError: 'refused the connection',
    });
    const second = await only(call());
    expect(second).toMatchObject({
      fail: 'upstream_unavailable',
      message: 'server srv refused the connection; it is not tried again yet',
      data: { server: 'srv', state: 'failing', retry_after_ms: expect.any(Number) },
    });
    fixture = await startHttpFixture();
  });

  it('with sessions open is noticed by the call that meets it, and recovers after the pause', async () => {
    upstream = urlUpstream(fixture.url, { tuning: { backoffBaseMs: 100, backoffMaxMs: 100 } });
    await only(call());
    const { port } = new URL(fixture.url);
    await fixture.close();
    let down;
    do down = await only(call());
    while (JSON.stringify(down).includes('broke the connection'));
    expect(down).toMatchObject({ fail: 'upstream_unavailable', data: { state: 'failing' } });
    expect(upstream.status()).toMatchObject({
      state: 'failing',
      lastError: 'refused the connection',
    });
    fixture = await startHttpFixture({}, Number(port));
    await expect
      .poll(() => only(call()), { timeout: 3000, interval: 20 })
      .toEqual({ done: '{"content":[]}' });
    expect(upstream.status()).toMatchObject({ state: 'ready', lastError: undefined });
  });
});

describe('a server with too many calls under way', () => {
  it('does not count a call whose last event was taken, whatever its consumer does then', async () => {
    upstream = urlUpstream(fixture.url, { tuning: { maxCalls: 1 } });
    for (let i = 0; i < 3; i++) {
      const { value } = await call()[Symbol.asyncIterator]().next();
      expect(value).toMatchObject({ type: 'done' });
    }
  });

  it('is sent no more', async () => {
    upstream = urlUpstream(fixture.url, { tuning: { maxCalls: 2 } });
    fixture.on('tools/call', silent);
    const controller = new AbortController();
    const running = [only(call(controller.signal)), only(call(controller.signal))];
    await fixture.until('tools/call', 2);
    expect(await only(call())).toMatchObject({
      fail: 'overloaded',
      data: { server: 'srv', limit: 2 },
    });
    controller.abort();
    await Promise.all(running);
    fixture.on('tools/call', (one, response) => answer(one, response, '{}'));
    expect(await only(call())).toEqual({ done: '{}' });
  });
});
