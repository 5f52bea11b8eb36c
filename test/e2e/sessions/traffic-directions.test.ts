import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectLegacy } from '../../support/legacy-client.js';
import type { LegacyClient } from '../../support/legacy-client.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import {
  answer,
  event,
  eventStream,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const capabilities = { sampling: {}, roots: { listChanged: true } };
const link = (uri: string) => ({ type: 'resource_link', uri, name: 'a' });

describe('what servers and clients say to each other', () => {
  let fixture: HttpFixture;
  let mcp: OpenEndpoint;
  const clients: LegacyClient[] = [];

  beforeAll(async () => {
    fixture = await startHttpFixture();
    fixture.on('tools/list', (arrived, response) =>
      answer(arrived, response, '{"tools":[{"name":"t","inputSchema":{"type":"object"}}]}'),
    );
    const servers = [{ name: 'srv', url: fixture.url, trusted: true }];
    mcp = await startOpenEndpoint({ aggregate: { servers } });
    await untilListed(mcp.url, ['srv__t']);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  afterAll(async () => {
    await mcp?.stop();
    await fixture?.close();
  });

  async function connect(answers: Record<string, unknown>): Promise<LegacyClient> {
    const client = await connectLegacy(mcp.url, { capabilities, answers });
    clients.push(client);
    return client;
  }

  async function begin(): Promise<string> {
    const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: {} };
    const { headers } = await rpc(mcp.url, 'initialize', { params });
    return String(headers['mcp-session-id']);
  }

  /** The server asks in each call, and ends it with the answer. */
  function asks(params: object): void {
    fixture.on('tools/call', async (arrived, response) => {
      eventStream(response);
      const before = fixture.of('reply').length;
      const question = { jsonrpc: '2.0', id: 'q', method: 'sampling/createMessage', params };
      response.write(event(JSON.stringify(question)));
      await fixture.until('reply', before + 1);
      response.end(event(resultMessage(arrived, '{"content":[]}')));
    });
  }

  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'srv__t' } };

  it('an answer that is cut off behind an event id is taken up again', async () => {
    const log =
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}';
    fixture.on('tools/call', (arrived, response) => {
      eventStream(response);
      response.end(`retry: 20\nid: e-1\n${event(log)}`);
      fixture.on('GET', ({ headers }, stream) => {
        if (headers['last-event-id'] !== 'e-1') return void stream.writeHead(405).end();
        eventStream(stream);
        const result = '{"content":[{"type":"text","text":"at last"}]}';
        stream.end(`id: e-2\n${event(resultMessage(arrived, result))}`);
      });
    });
    const alice = await connect({});
    expect(await alice.text('srv__t')).toBe('at last');
    expect(alice.logged).toEqual([1]);
  });

  it('links in a question are those that clients see, and the server gets its own back', async () => {
    asks({ messages: [{ role: 'user', content: link('test://a') }], maxTokens: 1 });
    const session = await begin();
    const stream = await openStream(mcp.url, { session, message });
    const [, id] = await stream.until(/"id":"([\w-]{24,})"/);
    expect(stream.text()).toContain('"uri":"mcp+srv+test://a"');
    const result = { role: 'assistant', model: 'm', content: link('mcp+srv+test://a') };
    await rpc(mcp.url, '', { session, body: JSON.stringify({ jsonrpc: '2.0', id, result }) });
    expect(await stream.rest()).toContain('"content":[]');
    expect(fixture.of('reply').at(-1)?.body).toContain('"uri":"test://a"');
  });

  it('progress on a question reaches the server that asked, under its own token', async () => {
    asks({ _meta: { progressToken: 77 }, messages: [], maxTokens: 1 });
    const [session, other] = [await begin(), await begin()];
    const stream = await openStream(mcp.url, { session, message });
    const [, id] = await stream.until(/"id":"([\w-]{24,})"/);
    const [, token] = await stream.until(/"progressToken":"([\w-]{24,})"/);
    const tell = (from: string, progressToken: unknown, progress: number) =>
      rpc(mcp.url, 'notifications/progress', {
        session: from,
        id: null,
        params: { progressToken, progress, message: 'x' },
      });
    await tell(other, token, 1);
    await tell(session, 77, 2);
    await tell(session, 'unknown', 3);
    await tell(session, token, 4);
    await fixture.until('notifications/progress');
    const result = { role: 'assistant', model: 'm', content: { type: 'text', text: 'x' } };
    await rpc(mcp.url, '', { session, body: JSON.stringify({ jsonrpc: '2.0', id, result }) });
    await stream.rest();
    await tell(session, token, 5);
    expect(fixture.of('notifications/progress').map(({ body }) => body)).toEqual([
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":77,"progress":4,"message":"x"}}',
    ]);
  });

  it('changed roots are told to the server in the session of that client alone', async () => {
    fixture.on('tools/call', (arrived, response) => answer(arrived, response, '{"content":[]}'));
    const [session, other, idle] = [await begin(), await begin(), await begin()];
    for (const one of [session, other]) {
      await rpc(mcp.url, 'tools/call', { session: one, params: { name: 'srv__t' } });
    }
    const [first] = fixture.of('tools/call').slice(-2);
    const method = 'notifications/roots/list_changed';
    await rpc(mcp.url, method, { session: idle, id: null });
    await rpc(mcp.url, method, { id: null });
    await rpc(mcp.url, method, { session, id: null });
    await fixture.until(method);
    expect(fixture.of(method).map(({ headers }) => headers['mcp-session-id'])).toEqual([
      first!.headers['mcp-session-id'],
    ]);
  });
});
