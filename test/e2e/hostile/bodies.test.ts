import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';
import { callTool, rpc } from '../../support/rpc.js';

const limit = 1_000_000;

describe('request bodies', () => {
  let everything: RunningServer;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    everything = await startServerEverything();
    const servers = [{ name: 'everything', url: everything.url }];
    mcp = await startOpenEndpoint({ aggregate: { max_request_body_size: limit, servers } });
  });
  afterAll(async () => {
    await mcp?.stop();
    await everything?.close();
  });

  it.each([9_000, 17_000, 90_000])('of %i bytes arrive whole', async (size) => {
    const message = 'ä'.repeat(size / 2);
    const answer = await callTool(mcp.url, 'everything__echo', { message });
    expect(answer.status).toBe(200);
    expect(answer.message?.result?.['content']).toEqual([
      { type: 'text', text: `Echo: ${message}` },
    ]);
  });

  it('of 900 kB arrive whole', async () => {
    const message = 'x'.repeat(900_000);
    const answer = await callTool(mcp.url, 'everything__echo', { message });
    expect(JSON.stringify(answer.message).length).toBeGreaterThan(900_000);
  });

  it('sent in chunks arrive whole', async () => {
    const body = JSON.stringify({
      ...{ jsonrpc: '2.0', id: 7, method: 'tools/call' },
      params: { name: 'everything__echo', arguments: { message: 'chunked' } },
    });
    const answer = await rpc(mcp.url, '', {
      body,
      headers: { 'transfer-encoding': 'chunked', 'content-length': [] },
    });
    expect(answer.message).toMatchObject({
      id: 7,
      result: { content: [{ text: 'Echo: chunked' }] },
    });
  });

  it('over the limit are answered 413', async () => {
    const answer = await callTool(mcp.url, 'everything__echo', { message: 'x'.repeat(limit) });
    expect(answer.status).toBe(413);
    expect(answer.message?.error?.message).toContain(String(limit));
  });

  it.each([
    ['content-encoding', 'gzip'],
    ['content-type', 'application/json; charset=utf-16'],
    ['content-type', 'text/plain'],
  ])('with %s: %s are answered 415', async (name, value) => {
    const answer = await rpc(mcp.url, 'ping', { headers: { [name]: value } });
    expect(answer.status).toBe(415);
    expect(answer.message?.error?.message).toBeTruthy();
  });
});

describe('a body that nginx wrote to a file', () => {
  it('is served where the plugin server may read the file, else refused with a hint', async () => {
    const everything = await startServerEverything();
    const servers = [{ name: 'everything', url: everything.url }];
    const mcp = await startOpenEndpoint({
      aggregate: { servers },
      gateway: { conf: { nginx_http_client_body_buffer_size: '8k' } },
    });
    try {
      const message = 'x'.repeat(100_000);
      const answer = await callTool(mcp.url, 'everything__echo', { message });
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.message)).toContain(message);
    } finally {
      await mcp.stop();
      await everything.close();
    }
  });
});
