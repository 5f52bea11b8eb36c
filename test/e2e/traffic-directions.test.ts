import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway/gateway.js';
import type { Gateway } from '../support/gateway/gateway.js';
import { connectLegacy } from '../support/legacy-client.js';
import type { LegacyClient } from '../support/legacy-client.js';
import { until } from '../support/readiness.js';
import { endpoint } from '../support/rig/services.js';
import { rpc } from '../support/rpc.js';
import { openStream } from '../support/stream-reader.js';
import {
  answer,
  event,
  eventStream,
  resultMessage,
  startHttpFixture,
} from '../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../support/upstreams/http-fixture.js';

const capabilities = { sampling: {}, roots: { listChanged: true } };
const link = (uri: string) => ({ type: 'resource_link', uri, name: 'a' });

describe('what servers and clients say to each other', () => {
  let fixture: HttpFixture;
  let gateway: Gateway;
  let url: string;
  const clients: LegacyClient[] = [];

  beforeAll(async () => {
    fixture = await startHttpFixture();
    fixture.on('tools/list', (arrived, response) =>
      answer(arrived, response, '{"tools":[{"name":"t","inputSchema":{"type":"object"}}]}'),
    );
    const servers = [{ name: 'srv', url: fixture.url, trusted: true }];
    const aggregate = { servers, anonymous: true };
    const declarative = { services: [endpoint({ name: 'mcp', path: '/mcp', aggregate })] };
    gateway = await startGateway({ declarative });
    url = gateway.at('/mcp');
    await until(async () => (await rpc(url, 'tools/list')).text.includes('srv__t'), {
      what: 'the server never listed',
    });
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  afterAll(async () => {
    await gateway?.stop();
    await fixture?.close();
  });

  async function connect(answers: Record<string, unknown>): Promise<LegacyClient> {
    const client = await connectLegacy(url, { capabilities, answers });
    clients.push(client);
    return client;
  }

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
    const question = {
      jsonrpc: '2.0',
      id: 'q',
      method: 'sampling/createMessage',
      params: { messages: [{ role: 'user', content: link('test://a') }], maxTokens: 1 },
    };
    fixture.on('tools/call', async (arrived, response) => {
      eventStream(response);
      const before = fixture.of('reply').length;
      response.write(event(JSON.stringify(question)));
      await fixture.until('reply', before + 1);
      response.end(event(resultMessage(arrived, '{"content":[]}')));
    });
    const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: {} };
    const { headers } = await rpc(url, 'initialize', { params });
    const session = String(headers['mcp-session-id']);
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'srv__t' } };
    const stream = await openStream(url, { session, message });
    const [, id] = await stream.until(/"id":"([\w-]{24})"/);
    expect(stream.text()).toContain('"uri":"mcp+srv+test://a"');
    const result = { role: 'assistant', model: 'm', content: link('mcp+srv+test://a') };
    await rpc(url, '', { session, body: JSON.stringify({ jsonrpc: '2.0', id, result }) });
    expect(await stream.rest()).toContain('"content":[]');
    expect(fixture.of('reply').at(-1)?.body).toContain('"uri":"test://a"');
  });
});
