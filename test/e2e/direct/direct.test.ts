import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDirectEndpoint } from '../../support/rig/direct-endpoint.js';
import type { DirectEndpoint } from '../../support/rig/direct-endpoint.js';
import { connectLegacy } from '../../support/legacy-client.js';
import { until } from '../../support/readiness.js';
import { exchange, rpc } from '../../support/rpc.js';
import { answer, event, eventStream, resultMessage } from '../../support/upstreams/http-fixture.js';

/** What Kong itself tells every Service, and what is about the connection. */
const ofKong = ['te', 'x-real-ip', 'x-kong-request-id', 'host', 'connection', 'content-length'];

describe('a direct call in a session', () => {
  let mcp: DirectEndpoint;

  beforeAll(async () => {
    const headers = { Authorization: 'Bearer swordfish' };
    mcp = await startDirectEndpoint({ server: { headers, forward_headers: ['X-Tenant'] } });
  });
  beforeEach(() => {
    mcp.server.on('tools/call', (arrived, response) => answer(arrived, response, '{"content":[]}'));
  });
  afterAll(() => mcp?.stop());

  it('reaches the server as the client made it, under the server’s name of the tool', async () => {
    const session = await mcp.begun();
    const odd = '{"n":12345678901234567890,"z":-0,"e":1e400,"s":"\\u00e4\\/ä"}';
    const body = `{"jsonrpc" : "2.0","id":"a\\u0062","method":"tools/call","params":{"name":"s__x" ,"arguments":${odd},"_meta":{"progressToken":7}}}`;
    const { status, message, arrived } = await mcp.call({ session, body });
    expect([status, message?.id]).toEqual([200, 'ab']);
    const request = /"kong-plugin-mcp\/request-id":"[0-9a-f]{32}"/.exec(arrived[0]!.body)?.[0];
    expect(arrived.map((one) => one.body)).toEqual([
      body.replace('"s__x" ', '"x" ').replace('"progressToken":7', `"progressToken":7,${request}`),
    ]);
  });

  it('brings the server’s own credential and session, and nothing of the client’s but what is named', async () => {
    const session = await mcp.begun();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const hostile = {
      authorization: 'Bearer of-the-client',
      'proxy-authorization': 'Basic eDp5',
      cookie: 'a=b',
      dpop: 'proof',
      'x-mcp-handle': 'forged',
      x_mcp_handle: 'forged',
      'x-mcp-subject': 'root',
      x_mcp_subject: 'root',
      'x-consumer-id': 'root',
      X_Consumer_Id: 'root',
      'x-forwarded-for': '10.0.0.1',
      forwarded: 'for=10.0.0.1',
      via: '1.1 elsewhere',
      te: 'trailers',
      'x-other': 'y',
      'user-agent': 'e2e',
    };
    const kept = { 'x-tenant': 'a', traceparent, tracestate: 'v=1' };
    const { arrived, headers } = await mcp.call({ session, headers: { ...hostile, ...kept } });
    const reached = Object.fromEntries(
      Object.entries(arrived[0]!.headers).filter(([name]) => !ofKong.includes(name)),
    );
    expect(reached).toEqual({
      accept: 'application/json, text/event-stream',
      'accept-encoding': 'identity',
      authorization: 'Bearer swordfish',
      'content-type': 'application/json',
      'mcp-protocol-version': '2025-11-25',
      'mcp-session-id': expect.any(String),
      ...kept,
    });
    expect(arrived[0]!.headers.host).toBe(new URL(mcp.server.url).host);
    const { mcp: said, request } = await mcp.logged(headers['x-kong-request-id']);
    expect(said).toMatchObject({ direct: true, server: 's', name: 's__x', method: 'tools/call' });
    expect(JSON.stringify(request.headers)).not.toMatch(/swordfish|of-the-client/);
    expect(request.headers).not.toHaveProperty('mcp-session-id');
  });

  it('shows nothing of the server’s answer but the answer', async () => {
    const session = await mcp.begun();
    mcp.server.on('tools/call', (arrived, response) => {
      response.setHeader('mcp-session-id', String(arrived.headers['mcp-session-id']));
      response.setHeader('set-cookie', ['a=b', 'c=d']);
      response.setHeader('x-mcp-outcome', 'ok');
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('www-authenticate', 'Bearer');
      response.setHeader('cache-control', 'no-store');
      answer(arrived, response, '{"content":[]}');
    });
    const { headers } = await mcp.call({ session });
    const own = Object.keys(headers).filter((name) => !/^(x-kong-|via|server|date)/.test(name));
    expect(own.sort()).toEqual(
      expect.arrayContaining(['cache-control', 'connection', 'content-type']),
    );
    for (const name of [
      'mcp-session-id',
      'set-cookie',
      'x-mcp-outcome',
      'www-authenticate',
      'access-control-allow-origin',
    ]) {
      expect(headers).not.toHaveProperty(name);
    }
  });

  it('is in a session at the server that belongs to this one alone, with calls of both ways', async () => {
    const [one, other] = [await mcp.begun(), await mcp.begun()];
    const sessionOf = async (options: Parameters<DirectEndpoint['call']>[0]) =>
      (await mcp.call(options)).arrived[0]!.headers['mcp-session-id'];
    const direct = await sessionOf({ session: one });
    // A client that takes no stream has what it takes made here.
    const usual = { session: one, headers: { accept: 'application/json' } };
    expect(await sessionOf(usual)).toBe(direct);
    expect(await sessionOf({ session: one })).toBe(direct);
    expect(await sessionOf({ session: other })).not.toBe(direct);
    const ended = await exchange(mcp.url, 'DELETE', { 'mcp-session-id': one });
    expect(ended.status).toBe(204);
    await until(() => !mcp.server.sessions.has(String(direct)), { what: 'it was not ended there' });
    expect((await mcp.call({ session: one })).status).toBe(404);
  });

  it('streams as the server does, under the client’s own id and token', async () => {
    const session = await mcp.begun();
    let goOn = () => {};
    mcp.server.on('tools/call', async (arrived, response) => {
      response.setHeader('x-accel-buffering', 'no');
      eventStream(response);
      const { progressToken } = arrived.params._meta;
      response.write(
        event(
          `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${JSON.stringify(progressToken)},"progress":1}}`,
        ),
      );
      await new Promise<void>((resolve) => (goOn = resolve));
      response.end(event(resultMessage(arrived, '{"content":[]}')));
    });
    const params = { name: 's__x', _meta: { progressToken: 'mine' } };
    const response = await fetch(mcp.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-session-id': session,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 'own', method: 'tools/call', params }),
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toContain('"progressToken":"mine"');
    goOn();
    expect((await reader.read()).value).toContain('"id":"own"');
    await reader.cancel();
  });

  it('is cancelled at the server, and given up where its client goes', async () => {
    const session = await mcp.begun();
    let gone = false;
    mcp.server.on(
      'tools/call',
      (_arrived, response) => void response.on('close', () => (gone = true)),
    );
    const calls = mcp.server.of('tools/call').length;
    const controller = new AbortController();
    const call = fetch(mcp.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-session-id': session,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 77,
        method: 'tools/call',
        params: { name: 's__x' },
      }),
      signal: controller.signal,
    }).catch(() => undefined);
    await mcp.server.until('tools/call', calls + 1);
    const params = { requestId: 77 };
    await rpc(mcp.url, 'notifications/cancelled', { session, id: null, params });
    await mcp.server.until('notifications/cancelled');
    const [cancelled] = mcp.server.of('notifications/cancelled');
    expect(cancelled!.params.requestId).toBe(77);
    expect(cancelled!.headers['mcp-session-id']).toBe(
      mcp.server.of('tools/call').at(-1)!.headers['mcp-session-id'],
    );
    controller.abort();
    await call;
    await until(() => gone, { what: 'the server was not told' });
  });

  it('a real client goes on in its session, whatever session the server names', async () => {
    mcp.server.on('tools/call', (arrived, response) => {
      response.setHeader('mcp-session-id', String(arrived.headers['mcp-session-id']));
      answer(arrived, response, '{"content":[{"type":"text","text":"ok"}]}');
    });
    const client = await connectLegacy(mcp.url);
    const { sessionId } = client.transport;
    for (const _ of [1, 2, 3]) expect(await client.text('s__x')).toBe('ok');
    expect(client.transport.sessionId).toBe(sessionId);
    await client.close();
  });

  it('takes bodies and answers of a megabyte', async () => {
    const session = await mcp.begun();
    const big = 'ä'.repeat(450_000);
    mcp.server.on('tools/call', (arrived, response) =>
      answer(arrived, response, `{"content":[],"big":"${arrived.params.arguments.big}"}`),
    );
    const params = { name: 's__x', arguments: { big } };
    const { message, headers } = await mcp.call({ session, params });
    expect(message?.result?.['big']).toBe(big);
    expect((await mcp.logged(headers['x-kong-request-id'])).mcp['direct']).toBe(true);
  });
});
