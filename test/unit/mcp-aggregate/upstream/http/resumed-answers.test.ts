import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import {
  event,
  eventStream,
  resultMessage,
  startHttpFixture,
} from '../../../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { collect, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';

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

const call = (signal?: AbortSignal) => {
  const options = signal === undefined ? {} : { signal };
  return collect(upstream.call(testCall('{"name":"t"}', options)));
};
const note = (n: number) =>
  `{"jsonrpc":"2.0","method":"notifications/message","params":{"data":${n}.0}}`;
const noted = (n: number) => ({ note: 'notifications/message', params: `{"data":${n}.0}` });
const result = '{ "n":9007199254740993 }';
const broken = { fail: 'upstream_protocol', message: expect.stringContaining('before the result') };
/** Without the one that opens the session's own stream. */
const resumptions = () => fixture.of('GET').filter(({ headers }) => headers['last-event-id']);
const lastEventIds = () => resumptions().map(({ headers }) => headers['last-event-id']);

function onResumption(handle: (response: ServerResponse) => void): void {
  fixture.on('GET', ({ headers }, response) => {
    if (headers['last-event-id'] === undefined) response.writeHead(405).end();
    else handle(response);
  });
}

/** The answer of the call ends with this; further pieces answer the GETs, the last one for ever. */
function says(first: string, ...pieces: ((call: Arrived) => string | number)[]): void {
  let asked: Arrived;
  fixture.on('tools/call', (arrived, response) => {
    asked = arrived;
    eventStream(response);
    response.end(first);
  });
  onResumption((response) => {
    const piece = (pieces.length > 1 ? pieces.shift()! : pieces[0]!)(asked);
    if (typeof piece === 'number') return void response.writeHead(piece).end();
    eventStream(response);
    response.end(piece);
  });
}

const done = (arrived: Arrived) => event(resultMessage(arrived, result));

describe('an answer whose stream ends before the result', () => {
  it('is taken up from its last event, byte for byte, each message once', async () => {
    says(
      `retry: 5\nid: e-1\ndata:\n\nid: e-2\n${event(note(1))}`,
      () => `id: e-3\n${event(note(2))}`,
      (arrived) => `id: e-4\n${event(note(3))}id: e-5\n${done(arrived)}`,
    );
    expect(await call()).toEqual([noted(1), noted(2), noted(3), { done: result }]);
    expect(lastEventIds()).toEqual(['e-2', 'e-3']);
    const [sent] = fixture.of('tools/call');
    expect(fixture.of('tools/call')).toHaveLength(1);
    expect(resumptions()[0]?.headers['mcp-session-id']).toBe(sent?.headers['mcp-session-id']);
  });

  it('is not shown twice what it ended with, if the server begins with that', async () => {
    says(
      `retry: 5\nid: e-1\n${event(note(1))}`,
      (arrived) => `id: e-1\n${event(note(1))}id: e-2\n${done(arrived)}`,
    );
    expect(await call()).toEqual([noted(1), { done: result }]);
  });

  it('is taken up when the connection breaks in the middle of an event', async () => {
    says('', done);
    fixture.on('tools/call', (_arrived, response) => {
      eventStream(response);
      response.write(`retry: 5\nid: e-1\n${event(note(1))}id: e-2\ndata: {"half`, () => {
        setImmediate(() => response.destroy());
      });
    });
    let arrived: Arrived;
    onResumption((response) => {
      arrived = fixture.of('tools/call')[0]!;
      eventStream(response);
      response.end(done(arrived));
    });
    expect(await call()).toEqual([noted(1), { done: result }]);
    expect(lastEventIds()).toEqual(['e-1']);
  });

  it('waits as long as the server wants, and no longer than the call lasts', async () => {
    upstream = urlUpstream(fixture.url, { timeoutMs: 300 });
    says('retry: 3600000\nid: e-1\ndata:\n\n', done);
    expect(await call()).toMatchObject([{ fail: 'upstream_timeout' }]);
    expect(resumptions()).toEqual([]);
  });

  it('ends with its call while it waits', async () => {
    says('retry: 3600000\nid: e-1\ndata:\n\n', done);
    const controller = new AbortController();
    const seen = call(controller.signal);
    await fixture.until('tools/call');
    controller.abort();
    expect(await seen).toMatchObject([{ fail: 'cancelled' }]);
  });

  it('fails at once without an event id, as before', async () => {
    says(event(note(1)), done);
    expect(await call()).toMatchObject([noted(1), broken]);
    expect(resumptions()).toEqual([]);
  });

  it.each([405, 404, 400])('fails where the server answers HTTP %s', async (status) => {
    says('retry: 5\nid: e-1\ndata:\n\n', () => status);
    expect(await call()).toMatchObject([broken]);
    expect(resumptions()).toHaveLength(1);
  });

  it('is asked for again after HTTP 503', async () => {
    says('retry: 5\nid: e-1\ndata:\n\n', () => 503, done);
    expect(await call()).toEqual([{ done: result }]);
  });

  it('is given up when five times nothing new has come', async () => {
    says('retry: 5\nid: e-1\ndata:\n\n', () => ': nothing\n\n');
    expect(await call()).toMatchObject([broken]);
    expect(resumptions()).toHaveLength(5);
  });

  it('is given up after a hundred times, whatever comes', async () => {
    let n = 1;
    says('retry: 1\nid: e-1\ndata:\n\n', () => `id: e-${++n}\ndata:\n\n`);
    expect(await call()).toMatchObject([broken]);
    expect(resumptions()).toHaveLength(100);
  });

  it('is not believed what another call is answered', async () => {
    says('retry: 5\nid: e-1\ndata:\n\n', (arrived) => {
      const other = event(resultMessage({ id: String(Number(arrived.id) + 1) }, '{"of":"other"}'));
      return `${other}${done(arrived)}`;
    });
    expect(await call()).toEqual([{ done: result }]);
  });
});
