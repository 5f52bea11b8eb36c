import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ResourceUpdatedNotificationSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { connectLegacy } from '../../support/legacy-client.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { exchange, openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import {
  answer,
  event,
  eventStream,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../support/upstreams/http-fixture.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';

const sessionOf = ({ headers }: Arrived) => String(headers['mcp-session-id']);

interface Caller {
  readonly token: string;
  readonly session: string;
}

describe('subscriptions through the gateway', () => {
  let fixture: HttpFixture;
  let everything: RunningServer;
  let mcp: ProtectedEndpoint;
  /** The server's own streams, by its sessions. */
  const streams = new Map<string, ServerResponse>();

  beforeAll(async () => {
    [fixture, everything] = await Promise.all([
      startHttpFixture({ capabilities: '{"resources":{"subscribe":true},"logging":{}}' }),
      startServerEverything(),
    ]);
    serve();
    const servers = [
      { name: 'docs', url: fixture.url, resources: { deny: ['test://private/*'] } },
      { name: 'everything', url: everything.url },
    ];
    const aggregate = {
      servers,
      claim_rules: [
        {
          methods: ['resources/read'],
          names: ['mcp+docs+test://staff/*'],
          claim: 'sub',
          equals: 'alice',
          effect: 'allow',
        },
      ],
    };
    mcp = await startProtectedEndpoint({ aggregate });
    await untilListed(mcp.resource, ['mcp+docs+test://r', 'mcp+everything+'], {
      token: await mcp.token(),
      method: 'resources/list',
    });
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([fixture?.close(), everything?.close()]);
  });

  function serve(): void {
    fixture.on('resources/list', (arrived, response) =>
      answer(arrived, response, '{"resources":[{"uri":"test://r","name":"r"}]}'),
    );
    fixture.on('resources/templates/list', (arrived, response) =>
      answer(arrived, response, '{"resourceTemplates":[]}'),
    );
    fixture.on('GET', (arrived, response) => {
      if (!fixture.sessions.has(sessionOf(arrived))) return void response.writeHead(404).end();
      streams.set(sessionOf(arrived), response);
      eventStream(response);
    });
    for (const method of ['resources/subscribe', 'resources/unsubscribe', 'logging/setLevel']) {
      fixture.on(method, (arrived, response) => {
        if (fixture.sessions.has(sessionOf(arrived))) answer(arrived, response, '{}');
        else response.writeHead(404).end();
      });
    }
  }

  async function begin(who: string): Promise<Caller> {
    const token = await mcp.token(who);
    return { token, session: await openSession(mcp.resource, { token }) };
  }

  const listen = (caller: Caller, headers: Record<string, string> = {}) =>
    openStream(mcp.resource, { method: 'GET', ...caller, headers });
  const ask = async (caller: Caller, method: string, uri: string) =>
    (await rpc(mcp.resource, method, { ...caller, params: { uri } })).message;
  const subscribe = (caller: Caller, uri: string) => ask(caller, 'resources/subscribe', uri);

  /** The session at the server in which the latest subscription was made. */
  const newest = () => sessionOf(fixture.of('resources/subscribe').at(-1)!);

  function say(session: string, method: string, params: object): void {
    streams.get(session)!.write(event(JSON.stringify({ jsonrpc: '2.0', method, params })));
  }
  const update = (session: string, uri: string) =>
    say(session, 'notifications/resources/updated', { uri });

  it('only the session that subscribed hears: not another of its caller, nor other callers', async () => {
    const callers = await Promise.all(['alice', 'alice', 'bob'].map(begin));
    const [alice, , bob] = callers as [Caller, Caller, Caller];
    const [mine, second, his] = await Promise.all(callers.map((caller) => listen(caller)));
    expect((await subscribe(alice, 'mcp+docs+test://r'))?.result).toEqual({});
    const hers = newest();
    expect((await subscribe(bob, 'mcp+docs+test://q'))?.result).toEqual({});
    expect(newest()).not.toBe(hers);
    update(hers, 'test://r');
    update(newest(), 'test://q');
    await mine!.until(/"uri":"mcp\+docs\+test:\/\/r"/);
    await his!.until(/"uri":"mcp\+docs\+test:\/\/q"/);
    // The second session hears of something later, and so far of nothing else.
    await subscribe(callers[1]!, 'mcp+docs+test://z');
    update(newest(), 'test://z');
    await second!.until(/test:\/\/z/);
    expect(second!.text().match(/resources\/updated/g)).toHaveLength(1);
    expect(mine!.text().match(/resources\/updated/g)).toHaveLength(1);
    expect(his!.text()).not.toContain('test://r');
    await Promise.all([mine!, second!, his!].map((stream) => stream.leave()));
  });

  it('rules hold for subscribing as for reading, and for what is told', async () => {
    const [alice, bob] = [await begin('alice'), await begin('bob')];
    expect((await subscribe(alice, 'mcp+docs+test://staff/1'))?.result).toEqual({});
    expect((await subscribe(bob, 'mcp+docs+test://staff/1'))?.error?.code).toBe(-32002);
    expect((await subscribe(alice, 'mcp+docs+test://private/1'))?.error?.code).toBe(-32002);
    await subscribe(bob, 'mcp+docs+test://');
    const stream = await listen(bob);
    for (const uri of ['test://staff/1', 'test://private/1', 'test://open']) update(newest(), uri);
    await stream.until(/test:\/\/open/);
    expect(stream.text()).not.toMatch(/staff|private/);
    await stream.leave();
  });

  it('needs a session', async () => {
    const token = await mcp.token();
    const params = { uri: 'mcp+docs+test://r' };
    const { status, message } = await rpc(mcp.resource, 'resources/subscribe', { token, params });
    expect([status, message?.error?.code]).toEqual([400, -32600]);
  });

  it('outlives a stream that is cut off, on the side of the client and of the server', async () => {
    const alice = await begin('alice');
    await subscribe(alice, 'mcp+docs+test://r');
    const upstream = newest();
    const stream = await listen(alice);
    update(upstream, 'test://r/1');
    await stream.until(/test:\/\/r\/1/);
    const lastEventId = [...stream.text().matchAll(/^id: (\S+)$/gm)].at(-1)![1]!;
    await stream.leave();
    update(upstream, 'test://r/2');
    const resumed = await listen(alice, { 'last-event-id': lastEventId });
    await resumed.until(/test:\/\/r\/2/);
    expect(resumed.text()).not.toContain('test://r/1');
    const opened = fixture.of('GET').length;
    streams.get(upstream)!.end('retry: 10\n\n');
    await fixture.until('GET', opened + 1);
    await until(() => streams.get(upstream)?.writableEnded === false, { what: 'no new stream' });
    update(upstream, 'test://r/3');
    await resumed.until(/test:\/\/r\/3/);
    await resumed.leave();
  });

  it('is made anew when the server has lost its session, and the client told', async () => {
    const alice = await begin('alice');
    await subscribe(alice, 'mcp+docs+test://lost');
    const before = newest();
    const stream = await listen(alice);
    fixture.sessions.delete(before);
    streams.get(before)!.end('retry: 10\n\n');
    await stream.until(/test:\/\/lost/);
    expect(newest()).not.toBe(before);
    update(newest(), 'test://lost/again');
    await stream.until(/test:\/\/lost\/again/);
    await stream.leave();
  });

  it('ends with resources/unsubscribe and with DELETE', async () => {
    const alice = await begin('alice');
    await subscribe(alice, 'mcp+docs+test://r');
    const upstream = newest();
    const stream = await listen(alice);
    expect((await ask(alice, 'resources/unsubscribe', 'mcp+docs+test://r'))?.result).toEqual({});
    expect(sessionOf(fixture.of('resources/unsubscribe').at(-1)!)).toBe(upstream);
    update(upstream, 'test://r');
    say(upstream, 'notifications/message', { level: 'info', data: 'the last' });
    await stream.until(/the last/);
    expect(stream.text()).not.toContain('resources/updated');
    await subscribe(alice, 'mcp+docs+test://r');
    const headers = { authorization: `Bearer ${alice.token}`, 'mcp-session-id': alice.session };
    await exchange(mcp.resource, 'DELETE', headers);
    await until(() => fixture.of('DELETE').some((arrived) => sessionOf(arrived) === newest()), {
      what: 'the session at the server was not ended',
    });
    await stream.rest();
  });

  it('log messages outside of calls reach the session they are said to, from its level', async () => {
    const [alice, other] = [await begin('alice'), await begin('alice')];
    const params = { level: 'warning' };
    await rpc(mcp.resource, 'logging/setLevel', { ...alice, params });
    await subscribe(alice, 'mcp+docs+test://r');
    const upstream = newest();
    await subscribe(other, 'mcp+docs+test://r');
    const elsewhere = newest();
    const [stream, quiet] = [await listen(alice), await listen(other)];
    for (const level of ['debug', 'error']) {
      say(upstream, 'notifications/message', { level, data: `for alice, ${level}` });
    }
    say(elsewhere, 'notifications/message', { level: 'debug', data: 'for the other' });
    await stream.until(/for alice, error/);
    await quiet.until(/for the other/);
    expect(stream.text()).not.toMatch(/debug|other/);
    expect(quiet.text()).not.toContain('alice');
    await Promise.all([stream.leave(), quiet.leave()]);
  });

  it('a real server updates SDK v1 about its resources, and logs to it', async () => {
    const legacy = await connectLegacy(mcp.resource, { token: await mcp.token() });
    const { client } = legacy;
    const [changed, logged]: [string[], unknown[]] = [[], []];
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      changed.push(params.uri);
    });
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
      logged.push(params.data);
    });
    expect(client.getServerCapabilities()?.resources).toEqual({
      listChanged: true,
      subscribe: true,
    });
    const uri = 'mcp+everything+demo://resource/dynamic/text/1';
    await client.subscribeResource({ uri });
    await legacy.text('everything__toggle-subscriber-updates');
    await until(() => changed.includes(uri), { what: 'no update came' });
    await legacy.text('everything__toggle-simulated-logging');
    await until(() => logged.length > 0, { what: 'nothing was logged' });
    await client.unsubscribeResource({ uri });
    expect(new Set(changed)).toEqual(new Set([uri]));
    await legacy.close();
  });
});
