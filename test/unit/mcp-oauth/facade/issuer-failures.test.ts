import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { outboundFetch } from '../../../../lib/outbound/outbound-fetch.js';
import {
  facadeOf,
  facadeRig,
  form,
  resource,
  secret,
  tokenForm,
} from '../../../support/oauth/facade-rig.js';
import { listenOnLoopback } from '../../../support/loopback-server.js';
import type { LoopbackServer } from '../../../support/loopback-server.js';

let server: LoopbackServer | undefined;
afterEach(async () => server?.[Symbol.asyncDispose]());

/** A facade over an issuer that this listener plays. */
async function over(listener: RequestListener, oauth: Readonly<Record<string, unknown>> = {}) {
  server = await listenOnLoopback(createServer(listener));
  const issuer = `http://127.0.0.1:${server.port}`;
  const allow = ['loopback'];
  return facadeRig({
    oauth: {
      authorization_servers: [issuer],
      timeout: 2_000,
      facade: facadeOf({ client_secret: secret }),
      ...oauth,
    },
    fetch: outboundFetch({ allow, sslVerify: true }),
  });
}

const metadataOf = (origin: string) => ({
  issuer: origin,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
});

const tokens =
  (answer: RequestListener): RequestListener =>
  (request, response) => {
    if (request.url !== '/token') {
      return void response.end(JSON.stringify(metadataOf(`http://${request.headers.host ?? ''}`)));
    }
    answer(request, response);
  };

const ask = async (listener: RequestListener) =>
  (await over(tokens(listener))).ask('token', { body: tokenForm(), headers: form });

describe('a token endpoint that fails', () => {
  it.each<[string, number, RequestListener]>([
    ['hangs up', 503, (request) => request.socket.destroy()],
    ['is silent', 503, () => undefined],
    ['stops in between', 503, (_request, response) => void response.write('{"access_token":')],
    ['answers 500', 503, (_request, response) => void response.writeHead(500).end('{"error":"x"}')],
    ['answers HTML', 502, (_request, response) => void response.end('<html></html>')],
    ['answers a list', 502, (_request, response) => void response.end('[]')],
    [
      'answers 400 without error',
      502,
      (_request, response) => void response.writeHead(400).end('{}'),
    ],
    [
      'redirects',
      502,
      (_request, response) =>
        void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    ],
    [
      'answers 10 MB',
      502,
      (_request, response) => void response.end(Buffer.alloc(10_000_000, ' ')),
    ],
    [
      'echoes the secret',
      502,
      (_request, response) =>
        void response
          .writeHead(400)
          .end(`{"error":"invalid_client","error_description":"${secret} is wrong"}`),
    ],
    [
      'says a name twice',
      502,
      (_request, response) => void response.end('{"access_token":"a","access_token":"b"}'),
    ],
  ])('that %s is %i', async (_what, status, listener) => {
    const reply = await ask(listener);
    expect(reply.status).toBe(status);
    const { error } = JSON.parse(reply.body) as { error: string };
    expect(error).toBe(status === 503 ? 'temporarily_unavailable' : 'server_error');
    expect(JSON.stringify(reply)).not.toContain(secret);
  });

  it('none of its headers is handed on', async () => {
    const reply = await ask((_request, response) => {
      response.setHeader('set-cookie', 'session=1');
      response.setHeader('location', 'https://evil.example');
      response.end('{"access_token":"t","token_type":"Bearer"}');
    });
    expect(reply.status).toBe(200);
    expect(Object.keys(reply.headers).map((name) => name.toLowerCase())).not.toContain(
      'set-cookie',
    );
    expect(reply.headers).not.toHaveProperty('location');
  });
});

describe('metadata that cannot be used', () => {
  it.each<[string, (origin: string) => object]>([
    [
      'names another issuer',
      (origin) => ({ ...metadataOf(origin), issuer: 'https://evil.example' }),
    ],
    ['has no token endpoint', (origin) => ({ ...metadataOf(origin), token_endpoint: undefined })],
    [
      'leads to a script',
      (origin) => ({ ...metadataOf(origin), authorization_endpoint: 'javascript:alert(1)' }),
    ],
    [
      'leads to plain http elsewhere',
      (origin) => ({ ...metadataOf(origin), authorization_endpoint: 'http://evil.example/' }),
    ],
    [
      'sends secrets over plain http',
      (origin) => ({ ...metadataOf(origin), token_endpoint: 'http://evil.example/' }),
    ],
    [
      'sends secrets by credentials',
      (origin) => ({ ...metadataOf(origin), token_endpoint: 'https://a:b@evil.example/' }),
    ],
    ['is a text', () => 'x' as unknown as object],
  ])('%s: 503 everywhere', async (_what, document) => {
    const rig = await over((request, response) => {
      response.end(JSON.stringify(document(`http://${request.headers.host ?? ''}`)));
    });
    for (const endpoint of ['metadata', 'root_metadata'] as const) {
      expect((await rig.ask(endpoint)).status).toBe(503);
    }
    const reply = await rig.ask('token', { body: tokenForm(), headers: form });
    expect(reply.status).toBe(503);
  });

  it.each([
    ['an internal address', 'https://169.254.169.254/latest/'],
    ['a private address', 'https://10.0.0.1/token'],
    ['one in another spelling', 'https://0xa9fea9fe/token'],
    ['IPv6 loopback', 'https://[::1]:1/token'],
  ])('%s for a token endpoint is not called', async (_what, address) => {
    server = await listenOnLoopback(createServer());
    const public_ = 'https://as.example.com';
    const guarded = outboundFetch({ allow: [], sslVerify: true });
    const rig = facadeRig({
      fetch: (input, init) =>
        new URL(input).pathname.includes('.well-known')
          ? Promise.resolve(Response.json({ ...metadataOf(public_), token_endpoint: address }))
          : guarded(input, init),
    });
    const reply = await rig.ask('token', { body: tokenForm(), headers: form });
    expect(reply.status).toBe(503);
    expect(server.connections()).toBe(0);
  });

  it('is fetched once for all who wait, and kept', async () => {
    let at = 0;
    const rig = facadeRig({ now: () => at, oauth: { facade: facadeOf(), jwks_cache_ttl: 10 } });
    await Promise.all(Array.from({ length: 20 }, () => rig.ask('metadata')));
    expect(rig.loads()).toBe(1);
    at = 9_999;
    await rig.ask('metadata');
    expect(rig.loads()).toBe(1);
    at = 10_001;
    await rig.ask('metadata');
    expect(rig.loads()).toBe(2);
  });

  it('serves on while the issuer is down, and no longer than configured', async () => {
    let at = 0;
    let up = true;
    const fetch = () =>
      up
        ? Promise.resolve(Response.json(metadataOf('https://as.example.com')))
        : Promise.reject(new Error('down'));
    const oauth = { facade: facadeOf(), jwks_cache_ttl: 10, jwks_stale_ttl: 20 };
    const rig = facadeRig({ now: () => at, oauth, fetch });
    expect((await rig.ask('metadata')).status).toBe(200);
    up = false;
    at = 25_000;
    expect((await rig.ask('metadata')).status).toBe(200);
    at = 31_000;
    expect((await rig.ask('metadata')).status).toBe(503);
    expect(JSON.stringify(await rig.ask('metadata'))).not.toContain(resource);
  });
});
