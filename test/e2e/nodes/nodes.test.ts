import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { untilListed } from '../../support/rig/listed.js';
import { startRoundRobin } from '../../support/round-robin.js';
import type { RoundRobin } from '../../support/round-robin.js';
import { exchange, openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import {
  answer,
  event,
  eventStream,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const count = 3;
const shared = randomBytes(32).toString('base64');
const capabilities = { elicitation: {} };

describe('nodes behind a balancer that ignores sessions', () => {
  const nodes: OpenEndpoint[] = [];
  const peers: number[] = [];
  let fixture: HttpFixture;
  let balancer: RoundRobin;
  let url: string;

  const startNode = async (port: number, key = shared): Promise<OpenEndpoint> => {
    const env = {
      KONG_MCP_SEALING_KEY: key,
      KONG_MCP_PEER_ADDRESS: `127.0.0.1:${port}`,
    };
    const servers = [{ name: 'one', url: fixture.url, trusted: true }];
    return startOpenEndpoint({ aggregate: { servers }, gateway: { env } });
  };

  beforeAll(async () => {
    fixture = await startHttpFixture();
    serve();
    for (let n = 0; n < count; n++) {
      peers.push(await freePort());
      nodes.push(await startNode(peers[n]!));
    }
    balancer = await startRoundRobin(nodes.map(({ gateway }) => gateway.url));
    url = `${balancer.url}/mcp`;
    for (const node of nodes) await untilListed(node.url, ['one__ask', 'one__wait']);
  });
  afterAll(async () => {
    await balancer?.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await fixture?.close();
  });

  /** Each call's own stream at the server, by the session it came in. */
  const waiting = new Map<string, (text: string) => void>();

  function serve(): void {
    fixture.on('tools/list', (arrived, response) => {
      const tools = ['ask', 'wait'].map((name) => ({ name, inputSchema: { type: 'object' } }));
      answer(arrived, response, JSON.stringify({ tools }));
    });
    fixture.on('tools/call', (arrived, response) => {
      eventStream(response);
      const finish = (text: string) => {
        const result = { content: [{ type: 'text', text }] };
        response.end(
          event(`{"jsonrpc":"2.0","id":${arrived.id},"result":${JSON.stringify(result)}}`),
        );
      };
      if (arrived.params.name === 'wait') {
        waiting.set(String(arrived.params.arguments.as), finish);
        response.write(event(progressOf(arrived.params._meta?.progressToken)));
        return;
      }
      const question = `q-${String(arrived.headers['mcp-session-id'])}`;
      waiting.set(question, finish);
      const params = { message: 'Name?', requestedSchema: { type: 'object', properties: {} } };
      const asked = { jsonrpc: '2.0', id: question, method: 'elicitation/create', params };
      response.write(event(JSON.stringify(asked)));
    });
    fixture.on('reply', ({ body }, response) => {
      response.writeHead(202).end();
      const { id, result } = JSON.parse(body) as { readonly id: string; readonly result: object };
      waiting.get(id)?.(JSON.stringify(result));
    });
  }

  const progressOf = (progressToken: unknown) =>
    JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken, progress: 1 },
    });

  const begin = async (at = url) => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities,
      clientInfo: { name: 'e2e', version: '1' },
    };
    const { headers } = await rpc(at, 'initialize', { params });
    return String(headers['mcp-session-id']);
  };
  const tool = (name: string, more: object = {}) => ({
    jsonrpc: '2.0',
    id: 'call',
    method: 'tools/call',
    params: { name: `one__${name}`, arguments: more, _meta: { progressToken: 'p' } },
  });

  it('lead the requests of a session to its node, and know when it has ended', async () => {
    const session = await openSession(url);
    for (let n = 0; n < 2 * count; n++) {
      expect((await rpc(url, 'ping', { session })).status).toBe(200);
    }
    const headers = { 'mcp-session-id': session };
    expect((await exchange(url, 'DELETE', headers)).status).toBe(204);
    for (let n = 0; n < count; n++) {
      expect((await rpc(url, 'ping', { session })).status).toBe(404);
    }
  });

  it('serve an ended session nowhere, whichever node its client names beside it', async () => {
    const [first, second] = nodes.map((node) => node.url) as [string, string];
    const ended = await openSession(first);
    const session = await begin(second);
    const stream = await openStream(second, { session, message: tool('ask') });
    const [, id] = await stream.until(/"id":"([\w-]{24,})"/);
    expect((await exchange(first, 'DELETE', { 'mcp-session-id': ended })).status).toBe(204);
    const body = JSON.stringify({ jsonrpc: '2.0', id, result: { action: 'decline' } });
    for (const { url: at } of nodes) {
      expect((await rpc(at, '', { session: ended, body })).status).toBe(404);
    }
    expect((await rpc(first, '', { session, body })).status).toBe(202);
    expect(await stream.rest()).toContain('decline');
  });

  it('take the answer to a question to the call that asked', async () => {
    for (let n = 0; n < count; n++) {
      const session = await begin();
      const stream = await openStream(url, { session, message: tool('ask') });
      const [, id] = await stream.until(/"id":"([\w-]{24,})"/);
      const result = { action: 'accept', content: { n } };
      const body = JSON.stringify({ jsonrpc: '2.0', id, result });
      expect((await rpc(url, '', { session, body })).status).toBe(202);
      expect(await stream.rest()).toContain('accept');
    }
  });

  it('take up a lost stream where its call goes on', async () => {
    for (let n = 0; n < count; n++) {
      const session = await begin();
      const as = `wait-${n}`;
      const lost = await openStream(url, { session, message: tool('wait', { as }) });
      await lost.until(/progressToken/);
      const [, id = ''] = /^id: (\S+)$/m.exec(lost.text()) ?? [];
      await lost.leave();
      const headers = { 'last-event-id': id };
      const again = await openStream(url, { method: 'GET', session, headers });
      expect(again.response.status).toBe(200);
      waiting.get(as)!(`end of ${as}`);
      await again.until(new RegExp(`end of ${as}`));
      await again.leave();
    }
  });

  it('take a client without sessions back to the call that waits for its answers', async () => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    };
    const headers = {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'one__ask',
    };
    const ask = (more: object = {}) =>
      rpc(url, 'tools/call', {
        headers,
        params: { name: 'one__ask', arguments: {}, _meta, ...more },
      });
    for (let n = 0; n < count; n++) {
      const { message } = await ask();
      const { requestState, inputRequests } = message!.result as {
        readonly requestState: string;
        readonly inputRequests: object;
      };
      const [key] = Object.keys(inputRequests);
      const inputResponses = { [key!]: { action: 'accept', content: { n } } };
      const { message: last } = await ask({ requestState, inputResponses });
      expect(JSON.stringify(last!.result)).toContain('accept');
    }
  });

  it('know nothing of the sessions of a node with another key, and go on with a rotated one', async () => {
    const session = await openSession(nodes[1]!.url);
    await nodes[2]!.stop();
    nodes[2] = await startNode(peers[2]!, randomBytes(32).toString('base64'));
    expect((await rpc(nodes[2].url, 'ping', { session })).status).toBe(404);
    await nodes[2].stop();
    // A new key in front, the shared one behind it: what others have sealed is opened.
    nodes[2] = await startNode(peers[2]!, `${shared},${randomBytes(32).toString('base64')}`);
    expect((await rpc(nodes[2].url, 'ping', { session })).status).toBe(200);
    balancer.targets = nodes.map(({ gateway }) => gateway.url);
  });

  it('answer 404 at once for a session whose node is gone, and go on without it', async () => {
    const session = await openSession(nodes[0]!.url);
    const [gone, ...others] = nodes;
    await gone!.gateway.pluginServer.kill();
    balancer.targets = others.map(({ gateway }) => gateway.url);
    const answers = await until(
      async () => {
        const all = [await rpc(url, 'ping', { session }), await rpc(url, 'ping', { session })];
        return all.every(({ status }) => status === 404) && all;
      },
      { what: 'the node is not known to be gone' },
    );
    expect(answers[0]!.text).toContain('initialize again');
    const anew = await openSession(url);
    for (let n = 0; n < count; n++) {
      expect((await rpc(url, 'ping', { session: anew })).status).toBe(200);
    }
  });
});
