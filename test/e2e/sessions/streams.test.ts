import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { endpoint } from '../../support/rig/services.js';
import { exchange, openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import {
  answer,
  event,
  eventStream,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../support/upstreams/http-fixture.js';

const changed = /notifications\/tools\/list_changed/;

describe('streams through the gateway', () => {
  let fixture: HttpFixture;
  let mcp: ProtectedEndpoint;
  /** The server's own stream, which the gateway listens to. */
  let own: ServerResponse | undefined;
  let tools: readonly string[] = ['wait'];
  /** Calls under way at the server. */
  const waiting: { readonly arrived: Arrived; readonly response: ServerResponse }[] = [];

  beforeAll(async () => {
    fixture = await startHttpFixture();
    serve();
    const servers = [{ name: 'one', url: fixture.url }];
    const aggregate = { servers, list_ttl: 86_400 };
    const short = { ...aggregate, anonymous: true, max_stream_age: 1 };
    mcp = await startProtectedEndpoint({
      aggregate,
      services: [endpoint({ name: 'short', path: '/short', aggregate: short })],
    });
    await untilListed(mcp.resource, ['one__wait'], { token: await mcp.token() });
    await fixture.until('GET');
  });
  afterAll(async () => {
    await mcp?.stop();
    await fixture?.close();
  });

  function serve(): void {
    fixture.on('initialize', (arrived, response) => {
      const session = `s${fixture.of('initialize').length}`;
      fixture.sessions.add(session);
      response.setHeader('mcp-session-id', session);
      const capabilities = { tools: { listChanged: true } };
      const serverInfo = { name: 'fixture', version: '1' };
      const result = { protocolVersion: '2025-11-25', capabilities, serverInfo };
      answer(arrived, response, JSON.stringify(result));
    });
    fixture.on('tools/list', (arrived, response) => {
      const listed = tools.map((name) => ({ name, inputSchema: { type: 'object' } }));
      answer(arrived, response, JSON.stringify({ tools: listed }));
    });
    fixture.on('GET', (_arrived, response) => {
      own = response;
      eventStream(response);
    });
    fixture.on('tools/call', (arrived, response) => {
      eventStream(response);
      waiting.push({ arrived, response });
      progress(waiting.at(-1)!, 1);
    });
  }

  function progress({ arrived, response }: (typeof waiting)[number], step: number): void {
    const { progressToken } = arrived.params._meta;
    const params = { progressToken, progress: step };
    const method = 'notifications/progress';
    response.write(event(JSON.stringify({ jsonrpc: '2.0', method, params })));
  }

  const finish = ({ arrived, response }: (typeof waiting)[number], text: string) =>
    response.end(
      event(resultMessage(arrived, JSON.stringify({ content: [{ type: 'text', text }] }))),
    );

  async function begin(who: string) {
    const token = await mcp.token(who);
    return { token, session: await openSession(mcp.resource, { token }) };
  }

  const call = (caller: { token: string; session: string }, token: string) =>
    openStream(mcp.resource, {
      ...caller,
      message: {
        jsonrpc: '2.0',
        id: token,
        method: 'tools/call',
        params: { name: 'one__wait', arguments: {}, _meta: { progressToken: token } },
      },
    });

  it('a changed list is told to every session that listens, and to none twice', async () => {
    const callers = await Promise.all(['alice', 'bob', 'bob'].map(begin));
    const streams = await Promise.all(
      callers.map((caller) => openStream(mcp.resource, { method: 'GET', ...caller })),
    );
    tools = ['wait', 'more'];
    const method = 'notifications/tools/list_changed';
    own?.write(event(JSON.stringify({ jsonrpc: '2.0', method })));
    for (const stream of streams) await stream.until(changed);
    const list = await rpc(mcp.resource, 'tools/list', callers[0]);
    expect(list.text).toContain('one__more');
    for (const stream of streams) {
      expect(stream.text().match(new RegExp(changed, 'g'))).toHaveLength(1);
      expect(stream.text()).toMatch(/^retry: \d+\nid: \S+\ndata: ?\n\n/);
      await stream.leave();
    }
  });

  it('the gateway listens to a server again when its stream has ended', async () => {
    const before = fixture.of('GET').length;
    own?.end();
    await fixture.until('GET', before + 1);
    const caller = await begin('alice');
    const stream = await openStream(mcp.resource, { method: 'GET', ...caller });
    tools = ['wait', 'yet_another'];
    const method = 'notifications/tools/list_changed';
    await until(
      () => {
        own?.write(event(JSON.stringify({ jsonrpc: '2.0', method })));
        return fixture.of('tools/list').length > 2;
      },
      { what: 'nobody asked for the new list', everyMs: 200 },
    );
    await stream.until(changed);
    await stream.leave();
  });

  it('a client that was cut off finds the rest of its call by Last-Event-ID', async () => {
    const alice = await begin('alice');
    const stream = await call(alice, 'a');
    await stream.until(/"progress":1/);
    const lastEventId = [...stream.text().matchAll(/^id: (\S+)$/gm)].at(-1)![1]!;
    await stream.leave();
    const running = waiting.at(-1)!;
    progress(running, 2);
    const headers = { 'last-event-id': lastEventId };
    const resumed = await openStream(mcp.resource, { method: 'GET', ...alice, headers });
    await resumed.until(/"progress":2/);
    finish(running, 'done after all');
    expect(await resumed.rest()).toContain('done after all');
    expect(resumed.text()).toContain('"id":"a"');
    expect(resumed.text()).not.toContain('"progress":1,');
    expect(fixture.of('notifications/cancelled')).toHaveLength(0);
  });

  it('nobody else finds it, with the id and a session of their own', async () => {
    const [alice, eve] = [await begin('alice'), await begin('eve')];
    const stream = await call(alice, 'b');
    await stream.until(/"progress":1/);
    const lastEventId = [...stream.text().matchAll(/^id: (\S+)$/gm)].at(-1)![1]!;
    const headers = { 'last-event-id': lastEventId };
    const stolen = await openStream(mcp.resource, { method: 'GET', ...eve, headers });
    finish(waiting.at(-1)!, 'for alice only');
    expect(await stream.rest()).toContain('for alice only');
    await stolen.until(changed);
    await stolen.leave();
    expect(stolen.text()).not.toContain('alice');
    const other = { token: eve.token, session: alice.session, headers };
    expect((await openStream(mcp.resource, { method: 'GET', ...other })).response.status).toBe(404);
  });

  it('a call that is cancelled is cancelled at its server', async () => {
    const alice = await begin('alice');
    const stream = await call(alice, 'c');
    await stream.until(/"progress":1/);
    const params = { requestId: 'c' };
    await rpc(mcp.resource, 'notifications/cancelled', { ...alice, params, id: null });
    expect(await stream.rest()).toContain('-31006');
    await fixture.until('notifications/cancelled');
    const told = fixture.of('notifications/cancelled').at(-1)!;
    expect(JSON.stringify(told.params.requestId)).toBe(waiting.at(-1)!.arrived.id);
  });

  it('GET needs a session, and one that is open', async () => {
    const { token, session } = await begin('alice');
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}` };
    expect((await exchange(mcp.resource, 'GET', headers)).status).toBe(400);
    await exchange(mcp.resource, 'DELETE', { ...headers, 'mcp-session-id': session });
    const ended = await exchange(mcp.resource, 'GET', { ...headers, 'mcp-session-id': session });
    expect(ended.status).toBe(404);
    expect((await exchange(mcp.resource, 'GET', { accept: 'text/event-stream' })).status).toBe(401);
  });

  it('a stream ends at its age', async () => {
    const url = mcp.gateway.at('/short');
    const session = await openSession(url);
    const stream = await openStream(url, { method: 'GET', session });
    const begun = performance.now();
    await stream.rest();
    expect(performance.now() - begun).toBeGreaterThan(500);
  });
});
