import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { callTool, rpc } from '../../support/rpc.js';
import {
  answer,
  event,
  eventStream,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const definition = (n: number) =>
  `{"name":"t${n}","description":"${'word '.repeat(180)}","inputSchema":{"type":"object"}}`;
const link = (uri: string) => `{"type":"resource_link","name":"r","uri":"${uri}"}`;
const many = (count: number, text: string) => Array.from({ length: count }, () => text).join();

/** About 8 MB each; what clients are to see of them. */
const results: Record<string, [string, string]> = {
  text: [`{"content":[{"type":"text","text":"${'\\n\\"é'.repeat(1_300_000)}"}]}`, ''],
  links: [
    `{"content":[${many(150_000, link('a://b'))}]}`,
    `{"content":[${many(150_000, link('mcp+big+a://b'))}]}`,
  ],
  rows: [
    `{"content":[],"structuredContent":{"rows":[${many(300_000, '{"id":1e400,"n":-0 }')}]}}`,
    '',
  ],
};

const tooManyUris = `{"content":[${many(250_001, link('a'))}]}`;

describe('messages too large to be read at once', () => {
  let big: HttpFixture;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    big = await startHttpFixture();
    big.on('tools/list', (one, response) => {
      const tools = Array.from({ length: 5_000 }, (_, n) => definition(n));
      answer(one, response, `{"tools":[${tools.join()}]}`);
    });
    big.on('tools/call', (one, response) => {
      const { kind, stream, broken } = one.params.arguments as Record<string, string>;
      const [raw] = results[kind!] ?? [tooManyUris];
      const message = resultMessage(one, broken ? `${raw.slice(0, -1)},}` : raw);
      if (!stream)
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(message);
      eventStream(response);
      response.end(event(message));
    });
    mcp = await startOpenEndpoint({
      aggregate: { servers: [{ name: 'big', url: big.url }], list_timeout: 30_000 },
    });
    await untilListed(mcp.url, ['big__t0'], { timeoutMs: 30_000 });
  });
  afterAll(async () => {
    await mcp?.stop();
    await big?.close();
  });

  it('a list of 5 MB in one page is shown whole', async () => {
    let params = {};
    let count = 0;
    for (;;) {
      const { message } = await rpc(mcp.url, 'tools/list', { params });
      count += (message!.result!['tools'] as unknown[]).length;
      const cursor = message!.result!['nextCursor'];
      if (cursor === undefined) break;
      params = { cursor };
    }
    expect(count).toBe(5_000);
  });

  it.each(
    Object.keys(results).flatMap((kind) => [
      [kind, ''],
      [kind, 'stream'],
    ]),
  )('a result of %s arrives with nothing changed but its URIs (%s)', async (kind, stream) => {
    const { text } = await callTool(mcp.url, 'big__t0', { kind, stream });
    const [raw, shown] = results[kind]!;
    const from = text.indexOf('{"content"');
    const end = text.lastIndexOf('}');
    expect(text.slice(from, end) === (shown || raw)).toBe(true);
  });

  it('they are read on threads of their own', () => {
    expect(mcp.gateway.logText()).toContain('"event":"large_message_thread_started"');
    expect(mcp.gateway.logText()).not.toContain('worker_unavailable');
  });

  it('one with too many URIs is refused with an error that says so', async () => {
    const { message } = await callTool(mcp.url, 'big__t0', { kind: 'uris' });
    expect(message?.error?.message).toBe('server big sent a result with more than 250000 URIs');
    expect(message?.error?.data).toMatchObject({ server: 'big' });
  });

  it('one that is no JSON fails its call, and the next is answered', async () => {
    const { message } = await callTool(mcp.url, 'big__t0', { kind: 'rows', broken: 'yes' });
    expect(message?.error?.data).toMatchObject({ server: 'big' });
    const { message: next } = await callTool(mcp.url, 'big__t0', { kind: 'text' });
    expect(next?.result).toBeDefined();
    expect(mcp.gateway.logText()).not.toContain('uncaught');
  });
});
