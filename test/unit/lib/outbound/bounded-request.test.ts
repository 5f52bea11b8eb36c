import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { boundedRequest } from '../../../../lib/outbound/bounded-request.js';
import { outboundFetch } from '../../../../lib/outbound/outbound-fetch.js';
import { listenOnLoopback } from '../../../support/loopback-server.js';

const fetch = outboundFetch({ allow: ['loopback'], sslVerify: true });

async function ask(listener: RequestListener, options: { maxBytes?: number; ms?: number } = {}) {
  await using server = await listenOnLoopback(createServer(listener));
  const url = new URL(`http://127.0.0.1:${server.port}/path?secret=1`);
  const { ms = 5_000, ...bounds } = options;
  const started = performance.now();
  const outcome = await boundedRequest(fetch, url, {
    signal: AbortSignal.timeout(ms),
    ...bounds,
  }).catch((error: unknown) => error as { code: string; message: string });
  return { outcome, ms: performance.now() - started };
}

it('answers status and text', async () => {
  const { outcome } = await ask((_request, response) => {
    response.writeHead(418);
    response.end('grüß');
  });
  expect(outcome).toEqual({ status: 418, text: 'grüß' });
});

it('sends method, headers and body', async () => {
  const seen: string[] = [];
  await using server = await listenOnLoopback(
    createServer((request, response) => {
      seen.push(request.method ?? '', request.headers['x-own'] as string);
      request.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
      request.on('end', () => response.end());
    }),
  );
  await boundedRequest(fetch, new URL(`http://127.0.0.1:${server.port}/`), {
    method: 'POST',
    headers: { 'x-own': 'yes' },
    body: 'a=b',
    signal: AbortSignal.timeout(5_000),
  });
  expect(seen).toEqual(['POST', 'yes', 'a=b']);
});

it('stops reading at its bound, long before 10 MB have come', async () => {
  let sent = 0;
  const { outcome } = await ask(
    (_request, response) => {
      const chunk = Buffer.alloc(65_536, 'a');
      const more = (): void => {
        while (sent < 10_000_000 && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    },
    { maxBytes: 100_000 },
  );
  expect(outcome).toMatchObject({ code: 'too_large' });
  expect(sent).toBeLessThan(10_000_000);
});

it('counts what is unpacked, not what is sent', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  expect(bomb.length).toBeLessThan(100_000);
  const { outcome } = await ask((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(bomb);
  });
  expect(outcome).toMatchObject({ code: 'too_large' });
});

it.each<[string, RequestListener]>([
  ['nothing', () => undefined],
  ['a head and nothing', (_request, response) => void response.write('x')],
])('waits no longer than its signal for %s', async (_what, listener) => {
  const { outcome, ms } = await ask(listener, { ms: 150 });
  expect(outcome).toMatchObject({ code: 'timeout' });
  expect(ms).toBeLessThan(1_500);
});

it('names the address without its query', async () => {
  const { outcome } = await ask((request) => request.socket.destroy());
  expect(outcome).toMatchObject({ code: 'unreachable' });
  expect((outcome as { message: string }).message).toMatch(
    /^http:\/\/127\.0\.0\.1:\d+\/path cannot be reached$/,
  );
});
