import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { startRoundRobin } from '../../support/round-robin.js';
import type { RoundRobin } from '../../support/round-robin.js';
import { openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import {
  answer,
  event,
  eventStream,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../support/upstreams/http-fixture.js';

const count = 2;
const key = randomBytes(32).toString('base64');
const extension = 'io.modelcontextprotocol/tasks';
const capabilities = { elicitation: { form: {} }, extensions: { [extension]: {} } };
/** Far above what a node waits for another, far below what Kong waits for either. */
const boundMs = 5_000;
const sessionOf = ({ headers }: Arrived) => String(headers['mcp-session-id']);

describe('two nodes that keep things for each other', () => {
  const nodes: OpenEndpoint[] = [];
  let docs: HttpFixture;
  let jobs: FixtureServer;
  let balancer: RoundRobin;
  let url: string;
  /** The server's own streams, by its sessions. */
  const streams = new Map<string, ServerResponse>();

  let replied = () => {};

  beforeAll(async () => {
    [docs, jobs] = await Promise.all([
      startHttpFixture({ capabilities: '{"resources":{"subscribe":true},"tools":{}}' }),
      startFixtureServer('modern'),
    ]);
    serve();
    const servers = [
      { name: 'docs', url: docs.url, trusted: true },
      { name: 'jobs', url: jobs.url, trusted: true },
    ];
    for (let n = 0; n < count; n++) {
      const env = {
        KONG_MCP_SEALING_KEY: key,
        KONG_MCP_PEER_ADDRESS: `127.0.0.1:${await freePort()}`,
      };
      nodes.push(await startOpenEndpoint({ aggregate: { servers }, gateway: { env } }));
    }
    balancer = await startRoundRobin(nodes.map(({ gateway }) => gateway.url));
    url = `${balancer.url}/mcp`;
    for (const node of nodes) {
      await untilListed(node.url, ['mcp+docs+test://r'], { method: 'resources/list' });
      await until(() => taskAt(node.url).then((id) => id !== undefined), { what: 'no tasks' });
    }
  });
  afterAll(async () => {
    await balancer?.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await Promise.all([docs?.close(), jobs?.close()]);
  });

  function serve(): void {
    docs.on('resources/list', (arrived, response) =>
      answer(arrived, response, '{"resources":[{"uri":"test://r","name":"r"}]}'),
    );
    docs.on('resources/templates/list', (arrived, response) =>
      answer(arrived, response, '{"resourceTemplates":[]}'),
    );
    docs.on('resources/subscribe', (arrived, response) => answer(arrived, response, '{}'));
    docs.on('tools/list', (arrived, response) =>
      answer(arrived, response, '{"tools":[{"name":"ask","inputSchema":{"type":"object"}}]}'),
    );
    docs.on('tools/call', (arrived, response) => {
      eventStream(response);
      const params = { message: 'Name?', requestedSchema: { type: 'object', properties: {} } };
      const asked = { jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params };
      response.write(event(JSON.stringify(asked)));
      replied = () => response.end(event(resultMessage(arrived, '{"content":[]}')));
    });
    docs.on('reply', (_arrived, response) => {
      response.writeHead(202).end();
      replied();
    });
    docs.on('GET', (arrived, response) => {
      streams.set(sessionOf(arrived), response);
      eventStream(response);
    });
  }

  const ask = async (at: string, method: string, params: Record<string, unknown>) =>
    (await modernRpc(at, method, params, { capabilities })).message!;
  const taskAt = async (at: string, seconds = 600): Promise<string | undefined> => {
    const params = { name: 'jobs__slow_compute', arguments: { seconds, label: 'a' } };
    return (await ask(at, 'tools/call', params)).result?.['taskId'] as string | undefined;
  };
  const statusOf = async (at: string, taskId: string) =>
    (await ask(at, 'tasks/get', { taskId })).result?.['status'];

  /** Subscribes and listens, each by the balancer; answers the server's session and the stream. */
  async function subscribed(session: string) {
    const stream = await openStream(url, { method: 'GET', session });
    expect(stream.response.status).toBe(200);
    const params = { uri: 'mcp+docs+test://r' };
    expect((await rpc(url, 'resources/subscribe', { session, params })).status).toBe(200);
    return { stream, there: sessionOf(docs.of('resources/subscribe').at(-1)!) };
  }
  const update = (there: string) => {
    const params = { uri: 'test://r' };
    const method = 'notifications/resources/updated';
    streams.get(there)!.write(event(JSON.stringify({ jsonrpc: '2.0', method, params })));
  };

  it('hear of what was subscribed, whichever node was asked for either', async () => {
    const sessions: string[] = [];
    for (const node of nodes) sessions.push(await openSession(node.url));
    for (const session of [...sessions, ...sessions]) {
      const { stream, there } = await subscribed(session);
      update(there);
      await stream.until(/"uri":"mcp\+docs\+test:\/\/r"/);
      await stream.leave();
      // The next ones are asked the other way round.
      await rpc(url, 'ping', { session });
    }
  });

  it('know the tasks of each other, and cancel them', async () => {
    for (const { url: begun } of nodes) {
      const [short, long] = [await taskAt(begun, 1), await taskAt(begun)];
      for (const node of nodes) expect(await statusOf(node.url, long!)).toBe('working');
      await until(async () => (await statusOf(url, short!)) === 'completed', { what: 'no end' });
      const [other] = nodes.filter((node) => node.url !== begun);
      expect((await ask(other!.url, 'tasks/cancel', { taskId: long })).error).toBeUndefined();
      await until(async () => (await statusOf(begun, long!)) === 'cancelled', { what: 'no end' });
    }
  });

  it('go on alone where neither word nor refusal comes from the other, and together after', async () => {
    const [near, far] = nodes as [OpenEndpoint, OpenEndpoint];
    const [mine, theirs] = [await openSession(near.url), await openSession(far.url)];
    const waiting = await ask(far.url, 'tools/call', { name: 'docs__ask', arguments: {} });
    const { requestState, inputRequests } = waiting.result as {
      readonly requestState: string;
      readonly inputRequests: object;
    };
    const inputResponses = { [Object.keys(inputRequests)[0]!]: { action: 'accept', content: {} } };
    const answering = { name: 'docs__ask', arguments: {}, requestState, inputResponses };
    const { stream, there } = await subscribed(mine);
    const task = await taskAt(far.url);
    expect((await rpc(near.url, 'ping', { session: theirs })).status).toBe(200);
    const { pid, workerPids } = far.gateway.pluginServer;
    const all = [...new Set([pid, ...workerPids])];
    const onTheWay: Promise<number>[] = [];
    for (const one of all) process.kill(one, 'SIGSTOP');
    try {
      // Within a second of the last look, requests are still led there.
      await until(
        () => {
          const asked = rpc(near.url, 'ping', { session: theirs }).then(({ status }) => status);
          onTheWay.push(asked);
          return within(1_000, asked).then((status) => status === 404);
        },
        { what: 'the node is not known to be gone' },
      );
      const begun = performance.now();
      expect((await rpc(near.url, 'ping', { session: theirs })).status).toBe(404);
      const headers = { 'mcp-session-id': theirs };
      const lost = await openStream(near.url, { method: 'GET', headers });
      expect(lost.response.status).toBe(404);
      await lost.leave();
      expect((await rpc(near.url, 'ping', { session: mine })).status).toBe(200);
      // A task is of its server: no node is needed for it.
      expect(await statusOf(near.url, task!)).toBe('working');
      const late = await modernRpc(near.url, 'tools/call', answering, { capabilities });
      expect([late.status, late.text]).toEqual([503, expect.stringContaining('is gone')]);
      update(there);
      await stream.until(/"uri":"mcp\+docs\+test:\/\/r"/);
      expect(performance.now() - begun).toBeLessThan(2 * boundMs);
    } finally {
      for (const one of all) process.kill(one, 'SIGCONT');
    }
    // What was under way there is answered after all.
    for (const status of await Promise.all(onTheWay)) expect([200, 404]).toContain(status);
    // Each process remembers for a second that the other was gone.
    const isBack = async () => {
      for (let n = 0; n < 2 * count; n++) {
        if ((await rpc(url, 'ping', { session: theirs })).status !== 200) return false;
      }
      return true;
    };
    await until(isBack, { what: 'the node is not known to be back' });
    expect((await ask(url, 'tools/call', answering)).result).toMatchObject({ content: [] });
    await stream.leave();
  });
});

/** Undefined where it takes longer. */
async function within<T>(ms: number, what: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([what, late]);
  } finally {
    clearTimeout(timer);
  }
}
