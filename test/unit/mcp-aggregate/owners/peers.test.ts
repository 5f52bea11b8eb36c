import { createServer } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { CallEvent } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import { readPeer } from '../../../../plugins/mcp-aggregate/core/owners/peer.js';
import type { PeerAddress } from '../../../../plugins/mcp-aggregate/core/owners/peer.js';
import { Peers } from '../../../../plugins/mcp-aggregate/endpoint/peers/peers.js';
import { Probes } from '../../../../plugins/mcp-aggregate/endpoint/peers/probes.js';
import { readPeerAddress } from '../../../../plugins/mcp-aggregate/io/peer-address.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import {
  initializeParams,
  openSession,
  rpc,
  startHarness,
} from '../../../support/aggregate/harness.js';
import type { Harness, Sent } from '../../../support/aggregate/harness.js';
import { askModern } from '../../../support/aggregate/modern.js';
import { freePort } from '../../../support/ports.js';

interface Node extends Harness {
  readonly one: FakeUpstream;
  readonly address: PeerAddress;
}

const nodes: Node[] = [];

async function startNode(
  options: { readonly keys?: readonly Buffer[]; readonly script?: FakeUpstream['script'] } = {},
): Promise<Node> {
  const one = new FakeUpstream('one', [tool('t')]);
  if (options.script) one.script = options.script;
  const address = readPeer(`127.0.0.1:${await freePort()}`)!;
  const harness = await startHarness([one], { ...options, peer: address });
  const node = { ...harness, one, address };
  nodes.push(node);
  await node.access({ json: rpc('ping') });
  return node;
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

const call = (session: string): Sent => ({
  json: rpc('tools/call', { name: 'one__t', arguments: {} }),
  headers: { 'mcp-session-id': session },
});

describe('two nodes', () => {
  it('serve a session at the node that began it, whichever is asked', async () => {
    const [a, b] = [await startNode(), await startNode()];
    const session = await openSession(a);
    expect((await b.send(call(session))).status).toBe(200);
    expect([a.one.calls.length, b.one.calls.length]).toEqual([1, 0]);
    expect(b.aggregator.peers.seen).toMatchObject([
      { node: a.address.text, state: 'there', workers: 1 },
    ]);
  });

  it('answer 404 to a session whose node is gone, at once', async () => {
    const [a, b] = [await startNode(), await startNode()];
    const session = await openSession(a);
    await a.stop();
    const answer = await b.send(call(session));
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('initialize again');
    expect(b.aggregator.peers.seen).toMatchObject([{ state: 'gone', workers: null }]);
  });

  it('name the error to a call that has waited at a node that is gone', async () => {
    const asking = async function* (): AsyncGenerator<CallEvent> {
      const question = { method: 'elicitation/create', params: Buffer.from('{"message":"?"}') };
      const withdrawn = new AbortController().signal;
      yield { type: 'ask', key: '1', ...question, answer: () => {}, withdrawn };
      await new Promise(() => {});
    };
    const [a, b] = [await startNode({ script: asking }), await startNode()];
    const _meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
    const params = { name: 'one__t', arguments: {}, _meta };
    const { message } = await askModern(a, 'tools/call', params);
    const { requestState } = message.result as { readonly requestState: string };
    await a.stop();
    const answered = { ...params, requestState, inputResponses: {} };
    const { status, message: refused } = await askModern(b, 'tools/call', answered);
    expect([status, refused.error?.code]).toEqual([503, -31024]);
  });

  it('that do not share a key know nothing of each other’s sessions', async () => {
    const [a, b] = [await startNode(), await startNode({ keys: [Buffer.alloc(32, 8)] })];
    const session = await openSession(a);
    expect((await b.send(call(session))).status).toBe(404);
    expect(a.one.calls).toHaveLength(0);
  });

  it('of which one still proves itself with a key that the other lacks: 404', async () => {
    const [old, fresh] = [Buffer.alloc(32, 7), Buffer.alloc(32, 9)];
    const [a, b] = [await startNode({ keys: [old] }), await startNode({ keys: [fresh, old] })];
    const session = await openSession(a);
    expect((await b.send(call(session))).status).toBe(404);
    expect(b.aggregator.peers.seen).toMatchObject([{ state: 'other_key' }]);
  });
});

describe('a node without an address', () => {
  it('says so where another keeps what is asked for', async () => {
    const a = await startNode();
    const session = await openSession(a);
    const alone = await startHarness([new FakeUpstream('one', [tool('t')])]);
    onTestFinished(() => alone.stop());
    // Alone it looks for no owner: it serves what it can, as before.
    expect((await alone.send(call(session))).status).toBe(200);
    const peers = new Peers(undefined, new Probes([Buffer.alloc(32)]));
    await expect(peers.reach({ node: 'a.test:1', slot: 0 }, true)).rejects.toMatchObject({
      code: 'peer_unconfigured',
      status: 503,
    });
  });
});

describe('the address of a node', () => {
  it('is opened by sealed tickets and by nothing else', async () => {
    const a = await startNode();
    const url = `http://${a.address.text}/mcp`;
    const kong = await a.access({ json: rpc('initialize', initializeParams) });
    const own = kong.upstreamHeaders() as Record<string, string>;
    const body = JSON.stringify(rpc('initialize', initializeParams));
    const send = (headers: Record<string, string>) => fetch(url, { method: 'POST', headers, body });
    const handles: readonly Record<string, string>[] = [
      {},
      { 'x-mcp-handle': 'a.b.c' },
      { 'x-mcp-handle': own['x-mcp-handle']! },
    ];
    for (const headers of handles) expect((await send(headers)).status).toBe(403);
    expect((await fetch(url, { headers: { 'x-mcp-peer-probe': 'made.up' } })).status).toBe(403);
  });

  it('is read, and refused where it cannot be followed', () => {
    const keys = { keys: [Buffer.alloc(32)], from: 'configuration' } as const;
    const read = (text: string, count = 1, of: Parameters<typeof readPeerAddress>[2] = keys) =>
      readPeerAddress({ KONG_MCP_PEER_ADDRESS: text }, count, of);
    expect(read('')).toBeUndefined();
    expect(read('node-a.test:9000')).toMatchObject({ host: 'node-a.test', port: 9000 });
    expect(read('[::1]:9000')).toMatchObject({ host: '[::1]', port: 9000 });
    for (const text of ['9000', 'a b:1', 'http://a:1', 'a:0', 'a:70000', '-a:1', 'a:1/']) {
      expect(() => read(text), text).toThrow('HOST:PORT');
    }
    expect(() => read('a:65535', 2)).toThrow('2 ports');
    expect(() => read('a:9000', 1, { ...keys, from: 'file' })).toThrow('KONG_MCP_SEALING_KEY');
  });
});

describe('a probe', () => {
  const peersOf = (keys = [Buffer.alloc(32, 7)]) =>
    new Peers(readPeer('127.0.0.1:1'), new Probes(keys));

  it('is over in half a second where nobody answers, and asked once for all who wait', async () => {
    const sockets = createSocketServer();
    let connections = 0;
    sockets.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => sockets.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void sockets.close());
    const node = `127.0.0.1:${(sockets.address() as AddressInfo).port}`;
    const peers = peersOf();
    const reached = Array.from({ length: 10 }, () => peers.reach({ node, slot: 0 }, false));
    for (const outcome of await Promise.allSettled(reached)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'peer_gone' } });
    }
    await expect(peers.reach({ node, slot: 0 }, false)).rejects.toThrow('gone');
    expect(connections).toBe(1);
  });

  it('believes nobody who has no key, whatever is answered', async () => {
    const server = createServer((_request, response) => {
      const said = Buffer.from('{"count":1,"up":[0]}').toString('base64url');
      response.end(`${said}.${'A'.repeat(43)}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const node = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(peersOf().reach({ node, slot: 0 }, false)).rejects.toThrow('gone');
  });

  it('is answered for its own address and challenge alone', () => {
    const probes = new Probes([Buffer.alloc(32, 7)]);
    const said = { count: 2, up: [0, 1] };
    const { header, check } = probes.ask('a:1');
    const answer = probes.answer('a:1', header, said)!;
    expect(check(answer)).toEqual(said);
    expect(probes.answer('b:1', header, said)).toBeUndefined();
    expect(probes.ask('a:1').check(answer)).toBeUndefined();
    expect(new Probes([Buffer.alloc(32, 8)]).answer('a:1', header, said)).toBeUndefined();
  });

  it('leads to a worker that is up', async () => {
    const probes = new Probes([Buffer.alloc(32, 7)]);
    const server = createServer((request, response) => {
      const at = request.headers.host!;
      const said = { count: 3, up: [0, 2] };
      response.end(probes.answer(at, String(request.headers['x-mcp-peer-probe']), said));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const reach = (slot: number) => peersOf().reach({ node: `127.0.0.1:${port}`, slot }, false);
    expect((await reach(0)).port).toBe(port);
    expect((await reach(1)).port).toBe(port + 2);
    expect((await reach(5)).port).toBe(port + 2);
  });
});
