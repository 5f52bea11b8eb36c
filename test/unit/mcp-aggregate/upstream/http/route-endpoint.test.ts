import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { internalHandles } from '../../../../../lib/handles/handles.js';
import { hopMark } from '../../../../../lib/handles/hop-mark.js';
import { receiptHeader } from '../../../../../lib/handles/sealed/internal-tickets.js';
import { internalTickets } from '../../../../../lib/handles/sealed/of-process.js';
import { joinSiblings, siblings } from '../../../../../lib/workers/siblings.js';
import { fakeNode } from '../../../../support/aggregate/fake-siblings.js';
import {
  discard,
  HttpEndpoint,
} from '../../../../../plugins/mcp-aggregate/upstream/http/requests/http-endpoint.js';
import type { HttpAnswer } from '../../../../../plugins/mcp-aggregate/upstream/http/answers/take-answer.js';
import { RouteEndpoint } from '../../../../../plugins/mcp-aggregate/upstream/http/requests/route-endpoint.js';
import { listenOnLoopback } from '../../../../support/loopback-server.js';
import { certificates } from '../../../../support/tls/certificates.js';
import { serverConfig } from '../../../../support/upstreams/under-test.js';

type Headers = Readonly<Record<string, string>>;

const route = { path: '/internal/srv', host: undefined, internal: true, kongUrl: undefined };
const body = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"é"}}');
const signal = AbortSignal.timeout(10_000);
const redeem = (headers: Headers) =>
  internalHandles.redeem('internal', headers['x-mcp-internal-handle'] ?? '');

/** A route that answers as told; by default it takes the handle, as mcp-aggregate does. */
interface Said {
  readonly status?: number;
  readonly outcome?: string;
  readonly receipt?: string | undefined;
}

function routed(answer: (headers: Headers) => Said | Error) {
  const sent: Headers[] = [];
  const request: HttpEndpoint['request'] = (_method, headers) => {
    sent.push(headers);
    const said = answer(headers);
    if (said instanceof Error) return Promise.reject(said);
    const { status = 200, outcome, receipt } = said;
    return Promise.resolve({
      statusCode: status,
      headers: {
        ...(outcome === undefined ? {} : { 'x-mcp-outcome': outcome }),
        ...(receipt === undefined ? {} : { [receiptHeader]: receipt }),
      },
      body: Object.assign(Readable.from([]), { dump: () => Promise.resolve() }),
    } as unknown as HttpAnswer);
  };
  const endpoint = new RouteEndpoint({ name: 'srv', route }, { request }, 'affinity-1');
  return { sent, post: () => endpoint.request('POST', { 'mcp-session-id': 's' }, body, signal) };
}

const taking = (answer: { status?: number; outcome?: string } = {}) =>
  routed((headers) => {
    redeem(headers);
    return answer;
  });

describe('a request to a route server', () => {
  it('carries a handle for its path, method and no other use', async () => {
    let redeemed: unknown;
    const { sent, post } = routed((headers) => {
      redeemed = redeem(headers);
      return {};
    });
    await post();
    expect(redeemed).toEqual({
      path: '/internal/srv',
      httpMethod: 'POST',
      server: 'srv',
      asked: { method: 'tools/call', name: 'é' },
      session: 's',
    });
    expect(sent[0]).toMatchObject({
      'mcp-session-id': 's',
      'mcp-method': 'tools/call',
      'mcp-name': '=?base64?w6k=?=',
      'x-mcp-affinity': 'affinity-1',
      'x-kong-mcp-hop': hopMark.value,
    });
  });

  it('has another handle each time, a retry too', async () => {
    const { sent, post } = taking();
    await Promise.all([post(), post(), post()]);
    const handles = sent.map((headers) => headers['x-mcp-internal-handle']);
    expect(new Set(handles).size).toBe(3);
    expect(new Set(sent.map((headers) => headers['x-mcp-affinity'])).size).toBe(1);
  });

  it('fails where the route has served it without asking for the handle', async () => {
    const { sent, post } = routed(() => ({}));
    await expect(post()).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: expect.stringMatching(/srv has a route that lets anybody in.*mode internal/),
    });
    expect(redeem(sent[0]!)).toBeUndefined();
  });

  it('beside other workers, fails where the route answers without the receipt of its ticket', async () => {
    const alone = siblings();
    joinSiblings(fakeNode(2).workers[0]!);
    try {
      const at = { path: route.path, httpMethod: 'POST' };
      const answering = (receipt: (headers: Headers) => string | undefined) =>
        routed((headers) => ({ receipt: receipt(headers) })).post();
      const honest = (headers: Headers) =>
        internalTickets().redeem(headers['x-mcp-internal-handle'] ?? '', at)?.receipt;
      expect((await answering(honest)).statusCode).toBe(200);
      for (const said of [undefined, 'made-up']) {
        await expect(answering(() => said)).rejects.toMatchObject({ code: 'upstream_unavailable' });
      }
    } finally {
      joinSiblings(alone);
    }
  });

  it.each([404, 429, 502])(
    'passes on %i, which Kong may say before anybody asks',
    async (status) => {
      const { sent, post } = routed(() => ({ status }));
      expect((await post()).statusCode).toBe(status);
      expect(redeem(sent[0]!)).toBeUndefined();
    },
  );

  it('leaves no handle behind where no answer comes', async () => {
    const before = internalHandles.size;
    const { post } = routed(() => new Error('no connection'));
    await expect(post()).rejects.toThrow('no connection');
    expect(internalHandles.size).toBe(before);
  });

  it.each([
    ['loop_detected', 508, /leads back/],
    ['handle_invalid', 403, /kong_url/],
  ])('names the server where our plugin says %s', async (outcome, status, message) => {
    await expect(taking({ status, outcome }).post()).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: expect.stringMatching(message),
      data: { server: 'srv', status, outcome },
    });
  });

  it('believes no such word in an answer of the server', async () => {
    const { post } = taking({ status: 200, outcome: 'loop_detected' });
    expect((await post()).statusCode).toBe(200);
  });

  it('asks an https Kong for the route’s host, in Host and in the handshake', async () => {
    const { ca, cert, key } = certificates('DNS:tickets.internal');
    const seen: unknown[] = [];
    const server = createServer({ cert, key }, (request, response) => {
      seen.push(
        request.headers.host,
        (request.socket as TLSSocket & { servername: string }).servername,
      );
      redeem(request.headers as Headers);
      response.end();
    });
    await using listening = await listenOnLoopback(server);
    const config = serverConfig({
      kind: 'route',
      target: `https://127.0.0.1:${listening.port}/internal/srv`,
      route: { ...route, host: 'tickets.internal' },
      connection: { sslVerify: true, caCertificates: ca },
    });
    const endpoint = new HttpEndpoint(config, { maxConnections: 1, maxSessions: 1 });
    const answer = await new RouteEndpoint(config, endpoint, 'a').request('POST', {}, body, signal);
    discard(answer);
    await endpoint.close();
    expect([answer.statusCode, ...seen]).toEqual([200, 'tickets.internal', 'tickets.internal']);
  });
});
