import { randomBytes } from 'node:crypto';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import {
  isOwnNetwork,
  noOwnNetwork,
  Partition,
  runInOwnNetwork,
} from '../../support/own-network.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint } from '../../support/rig/services.js';
import { openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import {
  answer,
  event,
  eventStream,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const readTimeoutMs = 8_000;
/** What waits for a lost node ends by then, on a slow machine too. */
const boundMs = 3 * readTimeoutMs;
const key = randomBytes(32).toString('base64');
/** As many as a node could have workers here. */
const mostWorkers = 8;

interface Waiting {
  readonly say: (progress: number) => void;
  readonly end: (text: string) => void;
}

describe.skipIf(isOwnNetwork || noOwnNetwork !== undefined)('in a network of their own', () => {
  it('nodes bear the loss of every packet between them', async () => {
    const own = relative(process.cwd(), fileURLToPath(import.meta.url));
    const { passed, text } = await runInOwnNetwork(own);
    expect(passed, text).toBe(true);
    expect(text).toMatch(/[1-9]\d* passed/);
  }, 600_000);
});

describe.skipIf(!isOwnNetwork)('two nodes between which packets are lost', () => {
  const gateways: Gateway[] = [];
  const waiting = new Map<string, Waiting>();
  let fixture: HttpFixture;
  let partition: Partition;
  let near: string;
  let far: string;
  let cut = false;

  beforeAll(async () => {
    fixture = await startHttpFixture();
    serve();
    const peers = [await freePort(), await freePort()];
    const aggregate = { servers: [{ name: 'one', url: fixture.url }], anonymous: true };
    for (const port of peers) {
      const service = {
        ...endpoint({ name: 'mcp', path: '/mcp', aggregate }),
        connect_timeout: 1_000,
        read_timeout: readTimeoutMs,
      };
      const env = { KONG_MCP_SEALING_KEY: key, KONG_MCP_PEER_ADDRESS: `127.0.0.1:${port}` };
      gateways.push(await startGateway({ declarative: { services: [service] }, env }));
    }
    [near = '', far = ''] = gateways.map((gateway) => gateway.at('/mcp'));
    for (const url of [near, far]) await untilListed(url, ['one__wait']);
    const all = Array.from({ length: mostWorkers }, (_, n) => peers.map((port) => port + n));
    partition = new Partition([...new Set(all.flat())]);
  });
  afterEach(() => heal());
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await fixture?.close();
  });

  function begin(): void {
    partition.begin();
    cut = true;
  }
  function heal(): void {
    if (cut) partition.heal();
    cut = false;
  }

  function serve(): void {
    fixture.on('tools/list', (arrived, response) => {
      const tools = [{ name: 'wait', inputSchema: { type: 'object' } }];
      answer(arrived, response, JSON.stringify({ tools }));
    });
    fixture.on('tools/call', (arrived, response) => {
      const { arguments: args, _meta } = arrived.params;
      eventStream(response);
      const say = (progress: number) => {
        const params = { progressToken: _meta?.progressToken, progress };
        const note = { jsonrpc: '2.0', method: 'notifications/progress', params };
        response.write(event(JSON.stringify(note)));
      };
      say(1);
      const end = (text: string) => {
        const result = JSON.stringify({ content: [{ type: 'text', text }] });
        response.end(event(`{"jsonrpc":"2.0","id":${arrived.id},"result":${result}}`));
      };
      waiting.set(String(args.as), { say, end });
    });
  }

  /** A call in a session of the far node, by way of the near one; it has begun to stream. */
  async function calling(session: string, as: string) {
    const params = { name: 'one__wait', arguments: { as }, _meta: { progressToken: as } };
    const message = { jsonrpc: '2.0', id: as, method: 'tools/call', params };
    const stream = await openStream(near, { session, message });
    await stream.until(/progressToken/);
    return stream;
  }
  const ping = async (url: string, session: string): Promise<number> =>
    (await rpc(url, 'ping', { session })).status;
  /**
   * Asks again and again, not waiting for what was led to the lost node before that was known, until
   * one is answered 404; answers all that were asked.
   */
  const missed = async (url: string, session: string) => {
    const asked: Promise<number>[] = [];
    let is404 = false;
    await until(
      () => {
        const one = ping(url, session);
        void one.then((status) => (is404 ||= status === 404));
        asked.push(one);
        return is404;
      },
      { what: 'the other node is not missed', everyMs: 100 },
    );
    return asked;
  };
  const back = (session: string) =>
    until(async () => (await ping(near, session)) === 200, { what: 'the far node is not back' });

  it('lose nothing of what is under way where that is soon over', async () => {
    const session = await openSession(far);
    expect(await ping(near, session)).toBe(200);
    const stream = await calling(session, 'short');
    begin();
    waiting.get('short')!.end('the end of short');
    let over = false;
    const rest = stream.rest().finally(() => (over = true));
    const asked = await missed(near, session);
    expect(over).toBe(false);
    heal();
    expect(await rest).toContain('the end of short');
    for (const status of await Promise.all(asked)) expect([200, 404, 504]).toContain(status);
    await back(session);
  });

  it('hang up within the bounds, serve what is theirs, and are one again after', async () => {
    const [theirs, mine] = [await openSession(far), await openSession(near)];
    expect([await ping(near, theirs), await ping(far, mine)]).toEqual([200, 200]);
    const stream = await calling(theirs, 'long');
    const [, lastEventId = ''] = /^id: (\S+)$/m.exec(stream.text()) ?? [];
    begin();
    const begun = performance.now();
    const cutOff = stream.rest().catch(() => 'cut off');
    const onTheWay = [...(await missed(near, theirs)), ...(await missed(far, mine))];
    expect([await ping(near, mine), await ping(far, theirs)]).toEqual([200, 200]);
    waiting.get('long')!.say(2);
    // Kong gives up a silent stream, as it does requests that were led there before.
    expect(await cutOff).not.toContain('"progress":2');
    for (const status of await Promise.all(onTheWay)) expect([404, 502, 504]).toContain(status);
    expect(performance.now() - begun).toBeLessThan(boundMs);
    heal();
    await back(theirs);
    expect([await ping(near, theirs), await ping(far, mine)]).toEqual([200, 200]);
    const headers = { 'last-event-id': lastEventId };
    const again = await openStream(near, { method: 'GET', session: theirs, headers });
    await again.until(/"progress":2/);
    waiting.get('long')!.end('the end of long');
    await again.until(/the end of long/);
    await again.leave();
  });
});
