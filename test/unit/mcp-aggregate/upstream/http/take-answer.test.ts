import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cancellation } from '../../../../../lib/flow/cancellation.js';
import {
  discard,
  HttpEndpoint,
} from '../../../../../plugins/mcp-aggregate/upstream/http/requests/http-endpoint.js';
import { listenOnLoopback } from '../../../../support/loopback-server.js';
import { serverConfig } from '../../../../support/upstreams/under-test.js';

const json = { 'content-type': 'application/json' };

/** An endpoint of one connection to a server that answers like this. */
async function endpointTo(answer: RequestListener, maxResponseBytes = 1_000_000) {
  const listening = await listenOnLoopback(createServer(answer));
  const target = `http://127.0.0.1:${listening.port}/mcp`;
  const config = serverConfig({ target, maxResponseBytes });
  const endpoint = new HttpEndpoint(config, { maxConnections: 1, maxSessions: 1 });
  onTestFinished(async () => {
    await endpoint.close();
    await listening[Symbol.asyncDispose]();
  });
  return endpoint;
}

async function post(endpoint: HttpEndpoint, cancellation = new Cancellation()) {
  return endpoint.request('POST', json, Buffer.from('{}'), cancellation);
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('an answer', () => {
  it('of small JSON is whole, however it comes', async () => {
    const endpoint = await endpointTo((_request, response) => {
      response.writeHead(200, json).write('{"a":');
      setImmediate(() => response.end('1}'));
    });
    const { whole, body } = await post(endpoint);
    expect(whole?.toString()).toBe('{"a":1}');
    expect(await textOf(body)).toBe('{"a":1}');
  });

  it.each([
    ['JSON that is not small', json, `{"a":"${'x'.repeat(100_000)}"}`],
    ['JSON with something in front', json, ' {}'],
    ['compressed', { ...json, 'content-encoding': 'gzip' }, '{}'],
    ['of another type', { 'content-type': 'text/plain' }, '{}'],
  ])('%s is a stream with all of it', async (_what, headers, text) => {
    const endpoint = await endpointTo((_request, response) =>
      response.writeHead(200, headers).end(text),
    );
    const { whole, body } = await post(endpoint);
    expect(whole).toBeUndefined();
    expect(await textOf(body)).toBe(text);
  });

  it('over the limit is not waited for', async () => {
    const endpoint = await endpointTo((_request, response) => {
      response.writeHead(200, json).write(`{${' '.repeat(2_000)}`);
    }, 1_000);
    const { whole, body } = await post(endpoint);
    expect(whole).toBeUndefined();
    body.destroy();
  });

  it('that breaks off is a failure', async () => {
    const endpoint = await endpointTo((_request, response) => {
      response.writeHead(200, json).write('{"a":', () => response.destroy());
    });
    await expect(post(endpoint)).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  it.each([
    ['its end', true],
    ['its head', false],
  ])('nobody waits for any more ends its connection before %s', async (_what, begins) => {
    const cancellation = new Cancellation();
    let onClosed = () => undefined as void;
    const closed = new Promise<void>((resolve) => (onClosed = resolve));
    const endpoint = await endpointTo((_request, response) => {
      response.once('close', onClosed);
      const abort = () => cancellation.abort(new Error('enough'));
      if (begins) response.writeHead(200, json).write('{"a":', abort);
      else abort();
    });
    await expect(post(endpoint, cancellation)).rejects.toMatchObject({
      code: 'upstream_unavailable',
    });
    await closed;
  });

  it('is not even asked for where nobody waits from the beginning', async () => {
    let asked = 0;
    const endpoint = await endpointTo((_request, response) => {
      asked++;
      response.writeHead(200, json).end('{}');
    });
    const cancellation = new Cancellation();
    cancellation.abort(new Error('enough'));
    await expect(post(endpoint, cancellation)).rejects.toThrow();
    await post(endpoint);
    expect(asked).toBe(1);
  });

  it('that is discarded leaves its connection to the next request', async () => {
    const ports = new Set<number | undefined>();
    const endpoint = await endpointTo((request, response) => {
      ports.add(request.socket.remotePort);
      response.writeHead(202, { 'content-type': 'text/plain' }).end('accepted');
    });
    for (let i = 0; i < 3; i++) discard(await post(endpoint));
    expect(ports.size).toBe(1);
  });
});
