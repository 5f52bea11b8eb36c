import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Lookup } from '../../../../lib/outbound/guarded-lookup.js';
import { OutboundError } from '../../../../lib/outbound/outbound-error.js';
import { outboundFetch } from '../../../../lib/outbound/outbound-fetch.js';
import type { OutboundOptions } from '../../../../lib/outbound/outbound-fetch.js';
import { listenOnLoopback } from '../../../support/loopback-server.js';
import { certificates } from '../../../support/tls/certificates.js';
import type { Certificates } from '../../../support/tls/certificates.js';

const hello: RequestListener = (_request, response) => response.end('hello');
const strict: OutboundOptions = { allow: [], sslVerify: true };
const local: OutboundOptions = { allow: ['loopback'], sslVerify: true };

const resolvesTo =
  (...addresses: readonly string[]): Lookup =>
  (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

async function failure(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause instanceof OutboundError ? cause : error;
  }
  throw new Error('the call went through');
}

const refused = expect.objectContaining({ code: 'address_refused' });

describe('addresses', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    '①②⑦.0.0.1',
  ])('%s is refused, and nobody is connected to', async (host) => {
    await using server = await listenOnLoopback(createServer(hello));
    const call = outboundFetch(strict)(`http://${host}:${server.port}/`);
    expect(await failure(call)).toEqual(refused);
    expect(server.connections()).toBe(0);
  });

  it.each(['[::1]', '[::ffff:127.0.0.1]', '[::127.0.0.1]', '10.0.0.1', '169.254.169.254', '0'])(
    '%s is refused',
    async (host) => {
      const call = outboundFetch(strict)(`http://${host}/latest/meta-data`);
      expect(await failure(call)).toEqual(refused);
    },
  );

  it('an allowed one is called', async () => {
    await using server = await listenOnLoopback(createServer(hello));
    const response = await outboundFetch(local)(`http://127.0.0.1:${server.port}/`);
    expect(await response.text()).toBe('hello');
  });
});

describe('names', () => {
  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:10.0.0.1', 'fd00::1'])(
    'that resolve to %s are refused, and nobody is connected to',
    async (address) => {
      await using server = await listenOnLoopback(createServer(hello));
      const fetch = outboundFetch({ ...strict, lookup: resolvesTo(address) });
      const error = await failure(fetch(`http://as.example.com:${server.port}/`));
      expect(error).toEqual(refused);
      expect((error as Error).message).toContain('as.example.com');
      expect(server.connections()).toBe(0);
    },
  );

  it('are connected to at their allowed addresses only', async () => {
    await using server = await listenOnLoopback(createServer(hello));
    const lookup = resolvesTo('10.0.0.1', '169.254.169.254', '127.0.0.1');
    const fetch = outboundFetch({ ...local, lookup });
    expect((await fetch(`http://as.example.com:${server.port}/`)).status).toBe(200);
  });

  it('that resolve differently for the next connection are refused then', async () => {
    const closing: RequestListener = (_request, response) => {
      response.setHeader('connection', 'close');
      response.end();
    };
    await using server = await listenOnLoopback(createServer(closing));
    const answers = ['127.0.0.1', '169.254.169.254'];
    const lookup: Lookup = (...call) => resolvesTo(answers.shift() ?? '')(...call);
    const fetch = outboundFetch({ ...local, lookup });
    await (await fetch(`http://as.example.com:${server.port}/`)).text();
    expect(await failure(fetch(`http://as.example.com:${server.port}/`))).toEqual(refused);
  });
});

it('follows no redirect', async () => {
  await using target = await listenOnLoopback(createServer(hello));
  const redirect: RequestListener = (_request, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${target.port}/` });
    response.end();
  };
  await using server = await listenOnLoopback(createServer(redirect));
  const init = { redirect: 'follow' } as const;
  const response = await outboundFetch(local)(`http://127.0.0.1:${server.port}/`, init);
  expect(response.status).toBe(302);
  expect(target.connections()).toBe(0);
});

describe('TLS', () => {
  let tls: Certificates;
  beforeAll(() => {
    tls = certificates('DNS:as.example.com', 'IP:127.0.0.1');
  });
  const serve = () => listenOnLoopback(createTlsServer({ cert: tls.cert, key: tls.key }, hello));

  it('refuses a certificate of an unknown authority', async () => {
    await using server = await serve();
    const error = await failure(outboundFetch(local)(`https://127.0.0.1:${server.port}/`));
    expect((error as { cause?: { code?: string } }).cause?.code).toMatch(/UNABLE_TO_VERIFY/);
  });

  it('accepts it with ca_certificates', async () => {
    await using server = await serve();
    const fetch = outboundFetch({ ...local, caCertificates: tls.ca });
    expect((await fetch(`https://127.0.0.1:${server.port}/`)).status).toBe(200);
  });

  it('checks the name all the same', async () => {
    await using server = await serve();
    const lookup = resolvesTo('127.0.0.1');
    const fetch = outboundFetch({ ...local, caCertificates: tls.ca, lookup });
    expect((await fetch(`https://as.example.com:${server.port}/`)).status).toBe(200);
    const error = await failure(fetch(`https://other.example.com:${server.port}/`));
    expect((error as { cause?: { code?: string } }).cause?.code).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });

  it('accepts anything without ssl_verify', async () => {
    await using server = await serve();
    const fetch = outboundFetch({ ...local, sslVerify: false });
    expect((await fetch(`https://127.0.0.1:${server.port}/`)).status).toBe(200);
  });

  describe('through a proxy', () => {
    const proxyTo = (port: number, seen: string[]) => {
      const proxy = createServer();
      proxy.on('connect', (request, client: Duplex) => {
        seen.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
        const upstream = connect(port, '127.0.0.1', () => {
          client.write('HTTP/1.1 200 OK\r\n\r\n');
          client.pipe(upstream).pipe(client);
        });
        for (const socket of [client, upstream]) {
          socket.on('error', () => [client, upstream].forEach((end) => end.destroy()));
        }
      });
      return listenOnLoopback(proxy);
    };

    it('reaches names that resolve there only, with TLS end to end and credentials', async () => {
      await using server = await serve();
      const seen: string[] = [];
      await using proxy = await proxyTo(server.port, seen);
      const httpsProxy = `http://me:s%40cret@127.0.0.1:${proxy.port}`;
      const fetch = outboundFetch({ ...strict, caCertificates: tls.ca, httpsProxy });
      expect((await fetch('https://as.example.com/')).status).toBe(200);
      const credentials = Buffer.from('me:s@cret').toString('base64');
      expect(seen).toEqual([`as.example.com:443 Basic ${credentials}`]);
      expect((await failure(fetch('https://other.example.com/'))) as Error).toBeInstanceOf(Error);
    });

    it('uses http_proxy for https too where there is no https_proxy', async () => {
      await using server = await serve();
      const seen: string[] = [];
      await using proxy = await proxyTo(server.port, seen);
      const httpProxy = `http://127.0.0.1:${proxy.port}`;
      const fetch = outboundFetch({ ...strict, caCertificates: tls.ca, httpProxy });
      expect((await fetch('https://as.example.com/')).status).toBe(200);
      expect(seen).toEqual(['as.example.com:443']);
    });

    it('refuses private addresses written as such without asking the proxy', async () => {
      const seen: string[] = [];
      await using proxy = await proxyTo(9, seen);
      const httpsProxy = `http://127.0.0.1:${proxy.port}`;
      const fetch = outboundFetch({ ...strict, httpsProxy });
      for (const host of ['169.254.169.254', 'localhost', '[::1]', '10.0.0.1']) {
        expect(await failure(fetch(`https://${host}/`))).toEqual(refused);
      }
      expect(proxy.connections()).toBe(0);
    });

    it('leaves out the hosts of no_proxy, which are then checked here', async () => {
      const seen: string[] = [];
      await using proxy = await proxyTo(9, seen);
      const httpsProxy = `http://127.0.0.1:${proxy.port}`;
      const lookup = resolvesTo('10.0.0.1');
      const noProxy = '.example.com, other.example.org';
      const fetch = outboundFetch({ ...strict, httpsProxy, noProxy, lookup });
      expect(await failure(fetch('https://as.example.com/'))).toEqual(refused);
      expect(await failure(fetch('https://other.example.org/'))).toEqual(refused);
      expect(proxy.connections()).toBe(0);
    });
  });
});

it('takes no proxy from the environment', async () => {
  await using server = await listenOnLoopback(createServer(hello));
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
  vi.stubEnv('NO_PROXY', '');
  try {
    const fetch = outboundFetch({ ...local, httpsProxy: 'http://127.0.0.1:9' });
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200);
  } finally {
    vi.unstubAllEnvs();
  }
});
