import type { ServerResponse } from 'node:http';
import { constants, createGzip } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import {
  answer,
  event,
  eventStream,
  startHttpFixture,
} from '../../../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';

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

const sessionOf = ({ headers }: Arrived) => headers['mcp-session-id'];
const list = () => upstream.list('tool', new AbortController().signal);
const heard = () => new Promise<string>((resolve) => void upstream.onListChanged(resolve));

describe('the own stream of a server', () => {
  it.each([{ listChanged: true }, {}])(
    'is opened once, for the gateway, and tells of changed lists, declared as %j',
    async (tools) => {
      await setUp({ tools });
      const first = heard();
      await list();
      await list();
      await fixture.until('GET');
      own?.write(event(changed));
      expect(await first).toBe('notifications/tools/list_changed');
      expect(fixture.of('GET')).toHaveLength(1);
      expect(fixture.of('GET')[0]?.headers).toMatchObject({
        accept: 'text/event-stream',
        'mcp-session-id': fixture.of('tools/list')[0]?.headers['mcp-session-id'],
      });
    },
  );

  it('is opened once for each session that callers share, and tells of changed lists too', async () => {
    await setUp({ tools: {} });
    const callAs = (context: string, conversation: string) =>
      only(upstream.call(testCall('{"name":"t"}', { context, conversation })));
    await callAs('ann', 'a1');
    await callAs('ann', 'a2');
    await callAs('ben', 'b1');
    expect(fixture.of('GET').map(sessionOf)).toEqual(['s1', 's2']);
    const told = heard();
    own?.write(event(changed));
    expect(await told).toBe('notifications/tools/list_changed');
  });

  it('is waited for by the first call, so that no question comes before there is a hearer', async () => {
    await setUp({ tools: {} });
    let isOpen = false;
    fixture.on('GET', (_arrived, response) => {
      setTimeout(() => {
        isOpen = true;
        eventStream(response);
      }, 100);
    });
    fixture.on('tools/call', (arrived, response) =>
      answer(arrived, response, `{"isOpen":${isOpen}}`),
    );
    expect(await only(upstream.call(testCall('{"name":"t"}')))).toEqual({
      done: '{"isOpen":true}',
    });
  });

  it('ends with its session', async () => {
    await setUp({ tools: {} });
    const closed = new Promise((resolve) => {
      fixture.on('GET', (_arrived, response) => {
        eventStream(response);
        response.once('close', resolve);
      });
    });
    upstream = urlUpstream(fixture.url, { tuning: { sessionIdleMs: 50 } });
    await only(upstream.call(testCall('{"name":"t"}')));
    await closed;
    await fixture.until('DELETE');
  });

  it('that a restarted server does not know any more has its lists asked for again', async () => {
    await setUp({ tools: {} });
    const told: string[] = [];
    upstream.onListChanged((method) => told.push(method));
    await list();
    await fixture.until('GET');
    fixture.on('GET', (_arrived, response) => void response.writeHead(404).end());
    own?.end('retry: 1\n\n');
    // It is opened again after a pause of up to a second.
    const isTold = () => expect(told).toContain('notifications/tools/list_changed');
    await vi.waitFor(isTold, 20_000);
    await list();
    expect(fixture.of('initialize')).toHaveLength(2);
  });

  it('is there before the first list is fetched: what changes in between would be missed', async () => {
    await setUp({ tools: {} });
    const order: string[] = [];
    fixture.on('GET', (_arrived, response) => {
      setTimeout(() => {
        order.push('stream');
        eventStream(response);
      }, 100);
    });
    fixture.on('tools/list', (arrived, response) => {
      order.push('list');
      answer(arrived, response, '{"tools":[]}');
    });
    await list();
    expect(order).toEqual(['stream', 'list']);
  });

  it.each([
    ['that comes late', () => (response: ServerResponse) => setTimeout(eventStream, 600, response)],
    ['that was lost', () => (response: ServerResponse) => void setImmediate(eventStream, response)],
  ])('%s has the lists asked for again', async (what, open) => {
    await setUp({ tools: {} });
    const opened = open();
    fixture.on('GET', (_arrived, response) => {
      own = response;
      void opened(response);
    });
    const told: string[] = [];
    upstream.onListChanged((method) => told.push(method));
    await list();
    if (what === 'that was lost') {
      await vi.waitFor(() => expect(own?.headersSent).toBe(true));
      expect(told).toEqual([]);
      own?.destroy();
    }
    await vi.waitFor(() => expect(told).toContain('notifications/tools/list_changed'), 5_000);
  });

  it('that goes on from where it ended has missed nothing', async () => {
    await setUp({ tools: {} });
    const told: string[] = [];
    upstream.onListChanged((method) => told.push(method));
    await list();
    await fixture.until('GET');
    own?.end('id: e-7\nretry: 10\ndata: \n\n');
    await fixture.until('GET', 2);
    own?.write(event(changed));
    await vi.waitFor(() => expect(told).toEqual(['notifications/tools/list_changed']));
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

  it('is refused what it asks there in a session that callers share, at once', async () => {
    await setUp({ tools: {} });
    const question = (id: string) => event(`{"jsonrpc":"2.0","id":"${id}","method":"roots/list"}`);
    fixture.on('tools/call', async (arrived, response) => {
      own?.write(question('while a call waits'));
      await fixture.until('reply');
      answer(arrived, response, '{}');
    });
    expect(await only(upstream.call(testCall('{"name":"t"}')))).toEqual({ done: '{}' });
    own?.write(question('later'));
    await fixture.until('reply', 2);
    expect(fixture.of('reply').map(({ body }) => JSON.parse(body))).toMatchObject([
      { id: 'while a call waits', error: { code: -32601 } },
      { id: 'later', error: { code: -32601 } },
    ]);
  });
});
