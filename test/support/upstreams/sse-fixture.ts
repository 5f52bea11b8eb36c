import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { event } from './http-fixture.js';

/** One message as it was posted. */
export interface Posted {
  readonly path: string;
  readonly method: string;
  readonly body: string;
  /** Raw id of a request. */
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
}

type OnPost = (posted: Posted, response: ServerResponse, stream: ServerResponse) => void;
type OnGet = (response: ServerResponse, session: string) => void;

export interface SseFixture {
  readonly url: string;
  readonly port: number;
  readonly posted: Posted[];
  /** The event streams that are open, the newest last. */
  readonly streams: Map<string, ServerResponse>;
  /** How many were opened. */
  readonly opened: () => number;
  /** Requests to the server's address that were no GET. */
  readonly refused: string[];
  /** Takes over messages of this method. */
  readonly on: (method: string, handler: OnPost) => void;
  /** Takes over GET. */
  readonly onGet: (handler: OnGet) => void;
  /** Says this on every open stream. */
  readonly say: (message: string) => void;
  close(): Promise<void>;
}

const revision = '2024-11-05';
const capabilities = '{"tools":{"listChanged":true},"logging":{},"resources":{"subscribe":true}}';
const results: Record<string, string> = {
  initialize: `{"protocolVersion":"${revision}","capabilities":${capabilities},"serverInfo":{"name":"old","version":"1"}}`,
  ping: '{}',
  'tools/list': '{"tools":[{"name":"t","inputSchema":{"type":"object"}}]}',
  'tools/call': '{"content":[],"n":12345678901234567890}',
};

/** A server of the transport of 2024-11-05, at `/sse` and `/messages`, whose parts a test replaces. */
export async function startSseFixture(refusal = 405, port = 0): Promise<SseFixture> {
  const handlers = new Map<string, OnPost>();
  const streams = new Map<string, ServerResponse>();
  const posted: Posted[] = [];
  const refused: string[] = [];
  let opened = 0;
  let onGet: OnGet = (response, session) =>
    void response.write(`event: endpoint\ndata: /messages?session=${session}\n\n`);
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (path === '/sse' && method !== 'GET') {
      refused.push(method);
      return void response.writeHead(refusal).end('Method Not Allowed');
    }
    if (method === 'GET') {
      opened++;
      const session = randomUUID();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      streams.set(session, response);
      response.on('close', () => streams.delete(session));
      return onGet(response, session);
    }
    const stream = streams.get(new URL(path, 'http://x').searchParams.get('session') ?? '');
    if (!stream) return void response.writeHead(404).end('unknown session');
    const body = Buffer.concat(chunks).toString();
    const message = JSON.parse(body) as { id?: unknown; method?: string };
    const id = JSON.stringify(message.id);
    const one = { path, method: message.method ?? 'reply', body, id, headers };
    posted.push(one);
    const handler = handlers.get(one.method);
    if (handler) return handler(one, response, stream);
    response.writeHead(202).end('Accepted');
    const result = results[one.method];
    if (result !== undefined)
      stream.write(event(`{"jsonrpc":"2.0","id":${id},"result":${result}}`));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}/sse`,
    port: bound,
    posted,
    streams,
    refused,
    opened: () => opened,
    on: (method, handler) => void handlers.set(method, handler),
    onGet: (handler) => void (onGet = handler),
    say: (message) => streams.forEach((stream) => stream.write(event(message))),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
