import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { fileLog } from '../../support/rig/services.js';
import { callTool, rpc } from '../../support/rpc.js';
import { authority, selfSigned } from '../../support/tls/authority.js';
import {
  answer,
  event,
  json,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { Handler, HttpFixture } from '../../support/upstreams/http-fixture.js';

const result = '{"content":[{"type":"text","text":"é🙂 \\u00e9"}],"n":9007199254740993}';
const tools = '{"tools":[{"name":"do","inputSchema":{"type":"object"}}]}';

/** Odd ways to answer a call, by the name that the call gives. */
const ways: Record<string, Handler> = {
  unlabelled: (one, response) => void response.end(resultMessage(one, result)),
  marked: (one, response) => json(response, `\uFEFF\n${resultMessage(one, result)}\n\n`),
  batch: (one, response) => json(response, `[${resultMessage(one, result)}]`),
  'json as events': (one, response) =>
    json(response, resultMessage(one, result), 'text/event-stream'),
  'events as json': (one, response) => json(response, event(resultMessage(one, result))),
  'carriage returns': (one, response) =>
    json(response, `data: ${resultMessage(one, result)}\r\r`, 'text/event-stream; charset=UTF-8'),
  gzip: (one, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync(resultMessage(one, result)));
  },
};

const bomb: Handler = (_one, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
  response.end(gzipSync(Buffer.alloc(50_000_000, 'x')));
};

describe('connections to servers', () => {
  const fixtures: Record<string, HttpFixture> = {};
  const trusted = authority();
  const own = trusted.issue(['DNS:gateway.test']);
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    const names = trusted.issue(['DNS:mcp.internal']);
    const mutual = { ...names, ca: trusted.ca, requestCert: true, rejectUnauthorized: true };
    const expired = trusted.issue(['IP:127.0.0.1'], ['20200101000000Z', '20200201000000Z']);
    fixtures['mutual'] = await startHttpFixture({ tls: mutual });
    fixtures['selfsigned'] = await startHttpFixture({ tls: selfSigned('x', 'IP:127.0.0.1') });
    fixtures['expired'] = await startHttpFixture({ tls: expired });
    fixtures['unverified'] = await startHttpFixture({ tls: selfSigned('x') });
    fixtures['odd'] = await startHttpFixture();
    fixtures['keyless'] = await startHttpFixture({ tls: mutual });
    for (const fixture of Object.values(fixtures)) {
      fixture.on('tools/list', (one, response) => answer(one, response, tools));
    }
    const at = (name: string) => ({ name, url: fixtures[name]!.url });
    const shown = {
      ca_certificates: '{vault://env/test-server-ca}',
      ssl_server_name: 'mcp.internal',
      client_certificate: own.cert,
    };
    const servers = [
      {
        ...at('mutual'),
        ...shown,
        client_key: '{vault://env/test-client-key}',
        forward_headers: ['X-Tenant'],
      },
      { ...at('selfsigned'), ca_certificates: trusted.ca },
      { ...at('expired'), ca_certificates: trusted.ca },
      { ...at('unverified'), ssl_verify: false },
      at('odd'),
      { ...at('keyless'), ...shown, client_key: '{vault://env/test-no-such-key}' },
    ];
    mcp = await startOpenEndpoint({
      aggregate: { servers },
      plugins: (places) => [fileLog(places)],
      gateway: { gatewayEnv: { TEST_SERVER_CA: trusted.ca, TEST_CLIENT_KEY: own.key } },
    });
    await untilListed(mcp.url, ['mutual__do', 'unverified__do', 'odd__do']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all(Object.values(fixtures).map((fixture) => fixture.close()));
  });

  it('by TLS are verified and mutual, with secrets from vaults', async () => {
    const done = await callTool(mcp.url, 'mutual__do', {});
    expect(done.message?.result).toEqual({ content: [] });
  });

  it.each([
    ['selfsigned', 'has a self-signed certificate'],
    ['expired', 'has a certificate that has expired'],
  ])('to a server whose certificate is %s fail, saying why', async (name, why) => {
    const failed = await callTool(mcp.url, `${name}__do`, {});
    expect(failed.message?.error).toMatchObject({ code: -31001, data: { server: name } });
    expect(fixtures[name]!.arrived).toEqual([]);
    await until(() => Promise.resolve(mcp.gateway.logText().includes(why)), {
      what: 'the log never said why',
    });
  });

  it('without verification are warned about', async () => {
    const done = await callTool(mcp.url, 'unverified__do', {});
    expect(done.message?.result).toEqual({ content: [] });
    expect(mcp.gateway.logText()).toMatch(/"server_not_verified","server":"unverified"/);
  });

  it('whose key cannot be resolved leave out that server, and the log names the field', async () => {
    const failed = await callTool(mcp.url, 'keyless__do', {});
    expect(failed.message?.error).toMatchObject({ code: -31001, data: { server: 'keyless' } });
    expect(fixtures['keyless']!.arrived).toEqual([]);
    expect(mcp.gateway.logText()).toMatch(
      /"server_unusable","server":"keyless","reason":"servers\[keyless\]\.client_key/,
    );
  });

  it('show no secret in any log', async () => {
    const secrets = [own.key, own.cert].map((pem) => pem.split('\n')[1]!);
    for (const secret of secrets) expect(mcp.gateway.logText()).not.toContain(secret);
  });

  it('carry the headers of the client that are named, and no others', async () => {
    const headers = {
      'X-Tenant': 'blue',
      x_tenant: 'spoofed',
      'X-Other': 'no',
      cookie: 'a=b',
      authorization: 'Bearer no',
    };
    await rpc(mcp.url, 'tools/call', { params: { name: 'mutual__do', arguments: {} }, headers });
    await rpc(mcp.url, 'tools/call', { params: { name: 'odd__do', arguments: {} }, headers });
    const got = fixtures['mutual']!.of('tools/call').at(-1)!.headers;
    expect(got).toMatchObject({ 'x-tenant': 'blue' });
    const elsewhere = fixtures['odd']!.of('tools/call').at(-1)!.headers;
    expect(elsewhere).not.toHaveProperty('x-tenant');
    for (const seen of [got, elsewhere]) {
      for (const name of ['x_tenant', 'x-other', 'cookie', 'authorization']) {
        expect(seen).not.toHaveProperty(name);
      }
    }
    for (const { headers: listed } of fixtures['mutual']!.of('tools/list')) {
      expect(listed).not.toHaveProperty('x-tenant');
    }
  });

  it.each(Object.keys(ways))('carry answers that are %s, byte for byte', async (way) => {
    fixtures['odd']!.on('tools/call', ways[way]!);
    const { text, message } = await callTool(mcp.url, 'odd__do', {});
    expect(message?.error).toBeUndefined();
    expect(text).toContain(`"result":${result}`);
  });

  it('end a compressed answer that explodes at the bound', async () => {
    fixtures['odd']!.on('tools/call', bomb);
    const { message } = await callTool(mcp.url, 'odd__do', {});
    expect(message?.error).toMatchObject({ code: -31005, data: { server: 'odd' } });
  });

  it('tell when a server wants to be asked again, and follow no redirect', async () => {
    fixtures['odd']!.on('tools/call', (_one, response) => {
      response.writeHead(429, { 'retry-after': '3', 'x-secret': 'secret' }).end('secret');
    });
    const limited = await callTool(mcp.url, 'odd__do', {});
    expect(limited.status).toBe(200);
    expect(limited.message?.error).toMatchObject({
      code: -31001,
      message: expect.stringContaining('it may be asked again in 3 s'),
      data: { server: 'odd', status: 429, retry_after_ms: 3000 },
    });
    const before = fixtures['mutual']!.arrived.length;
    fixtures['odd']!.on('tools/call', (_one, response) => {
      response.writeHead(307, { location: fixtures['mutual']!.url }).end();
    });
    const led = await callTool(mcp.url, 'odd__do', {});
    expect(led.message?.error).toMatchObject({ code: -31004, data: { status: 307 } });
    expect(fixtures['mutual']!.arrived).toHaveLength(before);
    expect(JSON.stringify([limited.headers, limited.text])).not.toContain('secret');
    expect(led.headers).not.toHaveProperty('location');
  });
});
