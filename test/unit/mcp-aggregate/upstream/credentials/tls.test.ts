import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HttpEndpoint } from '../../../../../plugins/mcp-aggregate/upstream/http/requests/http-endpoint.js';
import { MissingSecret } from '../../../../../plugins/mcp-aggregate/config/servers/auth-config.js';
import type { ConnectionConfig } from '../../../../../plugins/mcp-aggregate/config/servers/connection-config.js';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { listenOnLoopback } from '../../../../support/loopback-server.js';
import { authority, selfSigned } from '../../../../support/tls/authority.js';
import type { Authority, Issued } from '../../../../support/tls/authority.js';
import { strictServer } from '../../../../support/tls/strict-server.js';
import { startHttpFixture } from '../../../../support/upstreams/http-fixture.js';
import type { FixtureOptions, HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import {
  only,
  serverConfig,
  testCall,
  urlUpstream,
} from '../../../../support/upstreams/under-test.js';

let trusted: Authority;
let good: Issued;
let client: Issued;

beforeAll(() => {
  trusted = authority();
  good = trusted.issue(['IP:127.0.0.1']);
  client = trusted.issue(['DNS:gateway.test']);
});

let fixture: HttpFixture | undefined;
let upstream: Upstream | undefined;

afterEach(async () => {
  await upstream?.close();
  await fixture?.close();
  fixture = upstream = undefined;
});

type Tls = FixtureOptions['tls'];

async function call(tls: Tls, connection: Partial<ConnectionConfig> = {}) {
  fixture = await startHttpFixture(tls ? { tls } : {});
  upstream = urlUpstream(fixture.url, { connection: { sslVerify: true, ...connection } });
  return only(upstream.call(testCall('{"name":"t"}')));
}

const works = { done: '{"content":[]}' };

describe('an https server', () => {
  it('whose authority is trusted is called', async () => {
    expect(await call(good, { caCertificates: trusted.ca })).toEqual(works);
  });

  it('is called when one of several authorities has signed it', async () => {
    const caCertificates = `${authority().ca}\nremark\n${trusted.ca}`;
    expect(await call(good, { caCertificates })).toEqual(works);
  });

  it.each<[string, () => Issued, string]>([
    ['of an unknown authority', () => authority().issue(['IP:127.0.0.1']), 'unknown authority'],
    ['self-signed', () => selfSigned('x', 'IP:127.0.0.1'), 'self-signed certificate'],
    [
      'of another host',
      () => trusted.issue(['DNS:secret.example']),
      'certificate for another host',
    ],
    [
      'that has expired',
      () => trusted.issue(['IP:127.0.0.1'], ['20200101000000Z', '20200201000000Z']),
      'has expired',
    ],
    [
      'that is not valid yet',
      () => trusted.issue(['IP:127.0.0.1'], ['20900101000000Z', '20900201000000Z']),
      'not valid yet',
    ],
  ])('with a certificate %s is refused, saying so', async (_what, issue, says) => {
    const seen = await call(issue(), { caCertificates: trusted.ca });
    expect(seen).toMatchObject({
      fail: 'upstream_unavailable',
      data: { server: 'srv', state: 'failing' },
    });
    expect(JSON.stringify(seen)).toContain(says);
    expect(JSON.stringify(seen)).not.toMatch(/secret|127\.0\.0\.1/);
    expect(upstream!.status().lastError).toContain(says);
    expect(fixture!.arrived).toEqual([]);
  });

  it('is verified against the well-known authorities where none is configured', async () => {
    expect(JSON.stringify(await call(good))).toContain('unknown authority');
  });

  it('is called unverified where that is wanted, with a warning', async () => {
    const lines: string[] = [];
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
      lines.push(String(line));
      return true;
    });
    try {
      expect(await call(selfSigned('x'), { sslVerify: false })).toEqual(works);
    } finally {
      spy.mockRestore();
    }
    expect(lines.join('')).toMatch(/"warn","event":"server_not_verified","server":"srv"/);
  });

  it('can be expected under another name, which it is asked for', async () => {
    const other = trusted.issue(['DNS:mcp.internal']);
    const asked: string[] = [];
    const tls = {
      ...other,
      SNICallback: (name: string, done: (error: null) => void) => {
        asked.push(name);
        done(null);
      },
    };
    const options = { caCertificates: trusted.ca, serverName: 'mcp.internal' };
    expect(await call(tls, options)).toEqual(works);
    expect(asked).toContain('mcp.internal');
  });

  it('that speaks no TLS is named so', async () => {
    fixture = await startHttpFixture();
    upstream = urlUpstream(fixture.url.replace('http:', 'https:'));
    expect(JSON.stringify(await only(upstream.call(testCall('{}'))))).toContain(
      'does not speak TLS',
    );
  });
});

describe('a server that wants a client certificate', () => {
  const mutual = () => ({ ...good, ca: trusted.ca, requestCert: true, rejectUnauthorized: true });
  const shown = () => ({ clientCertificate: client.cert, clientKey: client.key });

  it('gets the configured one', async () => {
    expect(await call(mutual(), { caCertificates: trusted.ca, ...shown() })).toEqual(works);
  });

  it('and gets none, or a strange one, is told of as such', async () => {
    const other = authority().issue(['DNS:gateway.test']);
    const strange = { clientCertificate: other.cert, clientKey: other.key };
    await using server = await strictServer({ ca: trusted.ca, ...good });
    for (const shows of [{}, strange]) {
      const connection = { sslVerify: true, caCertificates: trusted.ca, ...shows };
      const one = urlUpstream(`https://127.0.0.1:${server.port}/`, { connection });
      const seen = await only(one.call(testCall('{}')));
      expect(JSON.stringify(seen)).toContain('wants one: see client_certificate');
      await one.close();
    }
  });
});

describe('at the start', () => {
  const open = (connection: Partial<ConnectionConfig>) => () =>
    new HttpEndpoint(
      serverConfig({
        target: 'https://127.0.0.1:1/',
        connection: { sslVerify: true, ...connection },
      }),
      { maxConnections: 1, maxSessions: 1 },
    );

  it.each<[string, string, () => Partial<ConnectionConfig>]>([
    ['authorities', 'ca_certificates', () => ({ caCertificates: 'secret' })],
    [
      'broken authorities',
      'ca_certificates',
      () => ({ caCertificates: trusted.ca.replace(/[A-Za-z]{20}/, 'secret') }),
    ],
    [
      'a certificate',
      'client_certificate',
      () => ({ clientCertificate: 'secret', clientKey: client.key }),
    ],
    ['a key', 'client_key', () => ({ clientCertificate: client.cert, clientKey: 'secret' })],
    ['another key', 'client_key', () => ({ clientCertificate: client.cert, clientKey: good.key })],
    ['a proxy', 'http_proxy', () => ({ httpProxy: 'http://secret:x@[/' })],
  ])('PEM that is none is refused by its field: %s', (_what, field, options) => {
    expect(open(options())).toThrow(`servers[srv].${field}: `);
    expect(open(options())).not.toThrow('secret');
  });

  it.each(['caCertificates', 'clientCertificate', 'clientKey', 'httpProxy', 'httpsProxy'])(
    'an empty %s is a secret that is missing',
    (name) => {
      const all = { clientCertificate: client.cert, clientKey: client.key, [name]: '' };
      expect(open(all)).toThrow(MissingSecret);
    },
  );
});

describe('a proxy', () => {
  /** Tunnels, and notes what for. */
  async function proxy(answer?: string) {
    const asked: { target: string; authorization: string | undefined }[] = [];
    const sockets = new Set<Duplex>();
    const server = createServer((_request, response) => void response.writeHead(500).end());
    server.on('connect', (request, socket: Socket, head: Buffer) => {
      sockets.add(socket);
      const target = request.url ?? '';
      asked.push({ target, authorization: request.headers['proxy-authorization'] });
      if (answer !== undefined) return void socket.end(answer);
      const [host, port] = target.split(':');
      const onward = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        onward.destroy();
      });
    });
    const listening = await listenOnLoopback(server);
    return {
      asked,
      /** Connections that are open. */
      sockets,
      url: `http://us%40er:pa%3Ass@127.0.0.1:${listening.port}`,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await listening[Symbol.asyncDispose]();
      },
    };
  }

  it('tunnels to an https server, which is verified and shown the client certificate', async () => {
    await using tunnel = await proxy();
    const tls = { ...good, ca: trusted.ca, requestCert: true, rejectUnauthorized: true };
    const shown = { clientCertificate: client.cert, clientKey: client.key };
    const options = { caCertificates: trusted.ca, ...shown, httpsProxy: tunnel.url };
    expect(await call(tls, options)).toEqual(works);
    expect(tunnel.asked[0]).toEqual({
      target: new URL(fixture!.url).host,
      authorization: `Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`,
    });
    expect(fixture!.arrived[0]!.headers).not.toHaveProperty('proxy-authorization');
  });

  it('does not make a wrong certificate right', async () => {
    await using tunnel = await proxy();
    const seen = await call(selfSigned('x', 'IP:127.0.0.1'), { httpProxy: tunnel.url });
    expect(JSON.stringify(seen)).toContain('self-signed');
    expect(tunnel.asked).not.toEqual([]);
    await expect.poll(() => tunnel.sockets.size).toBe(0);
  });

  it('tunnels to an http server, but not where no_proxy says so', async () => {
    await using tunnel = await proxy();
    expect(await call(undefined, { httpProxy: tunnel.url })).toEqual(works);
    expect(tunnel.asked).not.toEqual([]);
    await upstream!.close();
    await fixture!.close();
    tunnel.asked.length = 0;
    expect(await call(undefined, { httpProxy: tunnel.url, noProxy: 'a.test,127.0.0.1' })).toEqual(
      works,
    );
    expect(tunnel.asked).toEqual([]);
  });

  it('that refuses is named with its status, without address or credential', async () => {
    await using tunnel = await proxy('HTTP/1.1 407 Authenticate\r\nconnection: close\r\n\r\n');
    const seen = await call(good, { httpsProxy: tunnel.url });
    expect(seen).toMatchObject({
      fail: 'upstream_unavailable',
      message: 'server srv cannot be reached through its proxy (HTTP 407)',
    });
    expect(JSON.stringify(seen)).not.toMatch(/us.{1,3}er|127\.0/);
  });

  it('of the environment is not used', async () => {
    await using tunnel = await proxy();
    vi.stubEnv('http_proxy', tunnel.url);
    vi.stubEnv('HTTPS_PROXY', tunnel.url);
    try {
      expect(await call(undefined)).toEqual(works);
    } finally {
      vi.unstubAllEnvs();
    }
    expect(tunnel.asked).toEqual([]);
  });
});
