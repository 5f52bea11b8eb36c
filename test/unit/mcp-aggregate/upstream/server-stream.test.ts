import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Upstream } from '../../../../plugins/mcp-aggregate/core/upstream-port.js';
import {
  answer,
  event,
  eventStream,
  startHttpFixture,
} from '../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../support/upstreams/http-fixture.js';
import { ServerStream } from '../../../../plugins/mcp-aggregate/upstream/http/server-stream.js';
import {
  only,
  serverConfig,
  testCall,
  urlUpstream,
} from '../../../support/upstreams/under-test.js';

let fixture: HttpFixture;
let upstream: Upstream;
let own: ServerResponse | undefined;

const changed = '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}';

async function setUp(capabilities: object) {
  fixture = await startHttpFixture();
  upstream = urlUpstream(fixture.url);
  fixture.on('initialize', (arrived, response) => {
    const session = `s${fixture.of('initialize').length}`;
    fixture.sessions.add(session);
    response.setHeader('mcp-session-id', session);
    const serverInfo = { name: 'fixture', version: '1' };
    const result = { protocolVersion: '2025-11-25', capabilities, serverInfo };
    answer(arrived, response, JSON.stringify(result));
  });
  fixture.on('GET', (_arrived, response) => {
    own = response;
    eventStream(response);
  });
}

afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

const list = () => upstream.list('tool', new AbortController().signal);
const heard = () => new Promise<string>((resolve) => void upstream.onListChanged(resolve));

describe('the own stream of a server', () => {
  it('is opened once, for the gateway, and tells of changed lists', async () => {
    await setUp({ tools: { listChanged: true } });
    const first = heard();
    await list();
    await list();
    await only(upstream.call(testCall('{"name":"t"}')));
    await fixture.until('GET');
    own?.write(event(changed));
    expect(await first).toBe('notifications/tools/list_changed');
    expect(fixture.of('GET')).toHaveLength(1);
    expect(fixture.of('GET')[0]?.headers).toMatchObject({
      accept: 'text/event-stream',
      'mcp-session-id': fixture.of('tools/list')[0]?.headers['mcp-session-id'],
    });
  });

  it('is heard also when it is compressed, as it goes', async () => {
    await setUp({ tools: { listChanged: true } });
    const packer = createGzip({ flush: constants.Z_SYNC_FLUSH });
    fixture.on('GET', (_arrived, response) => {
      const type = { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' };
      packer.pipe(response.writeHead(200, type));
    });
    const first = heard();
    await list();
    packer.write(event(changed));
    expect(await first).toBe('notifications/tools/list_changed');
    packer.destroy();
  });

  it('is opened again from where it ended, when the server wants it', async () => {
    await setUp({ tools: { listChanged: true } });
    await list();
    await fixture.until('GET');
    own?.end('id: e-7\nretry: 10\ndata: \n\n');
    await fixture.until('GET', 2);
    expect(fixture.of('GET')[1]?.headers['last-event-id']).toBe('e-7');
    const next = heard();
    own?.write(event(changed));
    await next;
  });

  it('is not asked for again where there is none', async () => {
    await setUp({ tools: { listChanged: true } });
    fixture.on('GET', (_arrived, response) => void response.writeHead(405).end());
    await list();
    await fixture.until('GET');
    await list();
    expect(fixture.of('GET')).toHaveLength(1);
  });

  it('is not opened where the server says nothing of changed lists', async () => {
    await setUp({ tools: {} });
    await list();
    await list();
    expect(fixture.of('GET')).toHaveLength(0);
  });

  it('reaches nobody with what is about no call', async () => {
    await setUp({ tools: { listChanged: true }, logging: {} });
    await list();
    await fixture.until('GET');
    fixture.on('tools/call', (arrived, response) => {
      const params = { level: 'info', data: 'of somebody else' };
      const method = 'notifications/message';
      own?.write(event(JSON.stringify({ jsonrpc: '2.0', method, params })));
      own?.write(event('{"jsonrpc":"2.0","id":1,"method":"roots/list"}'));
      setTimeout(() => answer(arrived, response, '{}'), 50);
    });
    expect(await only(upstream.call(testCall('{"name":"t"}')))).toEqual({ done: '{}' });
  });

  it('may end and be opened again for ever, and nothing piles up', async () => {
    let rounds = 0;
    let heardOn: AbortSignal | undefined;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const stream = new ServerStream({
      server: serverConfig({ target: 'http://127.0.0.1/' }),
      get: (_id, signal) => {
        rounds += 1;
        heardOn = signal;
        const headers = { 'content-type': 'text/event-stream' };
        return Promise.resolve({ statusCode: 200, headers, body: Readable.from([]) } as never);
      },
      onMessage: () => undefined,
      onLost: () => undefined,
    });
    try {
      await stream.open();
      while (rounds < 20) await vi.advanceTimersByTimeAsync(1000);
      expect(getEventListeners(heardOn!, 'abort').length).toBeLessThan(3);
    } finally {
      stream.close();
      vi.useRealTimers();
    }
  });
});
