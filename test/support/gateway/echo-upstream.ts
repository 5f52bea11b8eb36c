import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the upstream saw of a request. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly bytes: number;
}

export interface EchoUpstream extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Requests that have arrived. */
  readonly count: number;
  /** Streams that are open. */
  readonly open: number;
  /** Sends a line on every open stream. */
  say(line: string): void;
  /** Ends every open stream. */
  finish(): void;
  close(): Promise<void>;
}

/** Answers with what it saw; a path that ends in `/stream` gets a stream that stays open. */
export async function startEchoUpstream(): Promise<EchoUpstream> {
  const streams = new Set<ServerResponse>();
  let count = 0;
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    count += 1;
    if (!request.url?.endsWith('/stream')) return void echo(request, response);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    response.write('data: begin\n\n');
    streams.add(response);
    response.once('close', () => streams.delete(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get count() {
      return count;
    },
    get open() {
      return streams.size;
    },
    say: (line) => streams.forEach((stream) => stream.write(`data: ${line}\n\n`)),
    finish: () => streams.forEach((stream) => stream.end()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) bytes += chunk.length;
  const { method = '', url = '' } = request;
  const headers = request.headers as Seen['headers'];
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method, url, headers, bytes } satisfies Seen));
}
