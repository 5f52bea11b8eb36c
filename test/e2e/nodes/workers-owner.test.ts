import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint } from '../../support/rig/services.js';
import { exchange, openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import type { StreamReader } from '../../support/stream-reader.js';
import { startTraffic } from '../../support/traffic.js';
import {
  answer,
  event,
  eventStream,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../support/upstreams/http-fixture.js';

const workers = 2;
const count = 12;
/** Kong drops connections of a request that it could not finish. */
const dropped = 599;
const uri = 'mcp+docs+test://r';
const sessionOf = ({ headers }: Arrived) => String(headers['mcp-session-id']);

interface Listener {
  readonly session: string;
  readonly stream: StreamReader;
  /** Its session at the server. */
  readonly there: string;
}

describe('a node of two workers', () => {
  let docs: HttpFixture;
  let gateway: Gateway;
  let url: string;
  /** The server's own streams, by its sessions. */
  const streams = new Map<string, ServerResponse>();

  beforeAll(async () => {
    docs = await startHttpFixture({ capabilities: '{"resources":{"subscribe":true}}' });
    serve();
    const aggregate = { anonymous: true, servers: [{ name: 'docs', url: docs.url }] };
    const services = [endpoint({ name: 'mcp', path: '/mcp', aggregate })];
    const declarative = { services };
    gateway = await startGateway({ workers: 4, pluginWorkers: workers, declarative });
    url = gateway.at('/mcp');
    await untilListed(url, [uri], { method: 'resources/list' });
  });
  afterAll(async () => {
    await gateway?.stop();
    await docs?.close();
  });

  function serve(): void {
    docs.on('resources/list', (arrived, response) =>
      answer(arrived, response, '{"resources":[{"uri":"test://r","name":"r"}]}'),
    );
    docs.on('resources/templates/list', (arrived, response) =>
      answer(arrived, response, '{"resourceTemplates":[]}'),
    );
    docs.on('resources/subscribe', (arrived, response) => answer(arrived, response, '{}'));
    docs.on('GET', (arrived, response) => {
      streams.set(sessionOf(arrived), response);
      eventStream(response);
    });
  }

  async function listen(session: string): Promise<Listener> {
    const stream = await openStream(url, { method: 'GET', session });
    expect(stream.response.status).toBe(200);
    const params = { uri };
    expect((await rpc(url, 'resources/subscribe', { session, params })).status).toBe(200);
    const there = sessionOf(docs.of('resources/subscribe').at(-1)!);
    await until(() => streams.has(there), { what: 'the server is not listened to' });
    return { session, stream, there };
  }
  /** Whether it is told of the resource before it ends. */
  const hears = ({ stream }: Listener): Promise<boolean> =>
    stream.until(/"uri":"mcp\+docs\+test:\/\/r"/).then(
      () => true,
      () => false,
    );
  function update({ there }: Listener): void {
    const params = { uri: 'test://r' };
    const method = 'notifications/resources/updated';
    streams.get(there)!.write(event(JSON.stringify({ jsonrpc: '2.0', method, params })));
  }
  const pinged = (session: string) =>
    rpc(url, 'ping', { session }).then(
      ({ status }) => status,
      () => dropped,
    );

  const begun = () => gateway.pluginServer.stderr.split('aggregator_listening').length - 1;
  /** Kills a worker, and waits until what takes its place serves. */
  async function kill(victim: number): Promise<void> {
    const before = begun();
    process.kill(victim, 'SIGKILL');
    await until(() => begun() > before, { what: 'the worker is not replaced' });
  }

  it('that loses one goes on with its sessions, and those of the other notice nothing', async () => {
    // All at once, so that Kong needs many connections and both workers get some.
    const sessions = await Promise.all(Array.from({ length: count }, () => openSession(url)));
    const ended = await Promise.all(Array.from({ length: count }, () => openSession(url)));
    for (const session of ended) {
      const headers = { 'mcp-session-id': session };
      expect((await exchange(url, 'DELETE', headers)).status).toBe(204);
    }
    const listeners: Listener[] = [];
    for (const session of sessions) listeners.push(await listen(session));
    const statuses = new Map<string, number[]>(sessions.map((session) => [session, []]));
    const traffic = startTraffic(4, async (n) => {
      const session = sessions[n % count]!;
      statuses.get(session)!.push(await pinged(session));
    });
    await until(() => traffic.done > 2 * count, { what: 'no traffic' });
    const [victim = 0, other = 0] = gateway.pluginServer.workerPids;
    const heard = listeners.map(hears);
    await kill(victim);
    const before = traffic.done;
    await until(() => traffic.done > before + 4 * count, { what: 'no traffic afterwards' });
    await traffic.stop();
    listeners.forEach(update);
    const lived = await Promise.all(heard);
    const cut = listeners.filter((_, n) => !lived[n]);
    expect(cut.length).toBeGreaterThan(0);
    expect(cut.length).toBeLessThan(count);
    for (const { session } of listeners) {
      const seen = statuses.get(session)!;
      // Requests under way in the dead worker are lost; no session is.
      expect(seen.filter((status) => status !== 200 && status < 500)).toEqual([]);
      expect(seen.at(-1)).toBe(200);
    }
    for (const { session } of cut) {
      const anew = await listen(session);
      update(anew);
      expect(await hears(anew)).toBe(true);
      await anew.stream.leave();
    }
    // Who is left has learned of them from others only.
    await kill(other);
    await until(async () => (await pinged(sessions[0]!)) === 200, { what: 'nobody serves' });
    for (const session of ended) expect(await pinged(session)).toBe(404);
    await Promise.all(listeners.map(({ stream }) => stream.leave()));
  });
});
