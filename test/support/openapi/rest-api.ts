import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as an API got it. */
export interface ApiArrived {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type ApiHandler = (arrived: ApiArrived, response: ServerResponse) => void;

export interface RestApi {
  readonly url: string;
  readonly port: number;
  readonly arrived: ApiArrived[];
  /** Answers in place of the echo from here on. */
  answer: ApiHandler;
  close(): Promise<void>;
}

/** Says what it got. */
const echo: ApiHandler = ({ method, url, headers, body }, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method, url, headers, body: body.toString('latin1') }));
};

/** A REST API on a free loopback port that keeps what arrives, to the byte. */
export async function startRestApi(answer: ApiHandler = echo, port = 0): Promise<RestApi> {
  const arrived: ApiArrived[] = [];
  const api = { arrived, answer };
  const server = createServer((request, response) => {
    void read(request).then((one) => {
      arrived.push(one);
      api.answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return Object.assign(api, {
    url: `http://127.0.0.1:${own}`,
    port: own,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function read(request: IncomingMessage): Promise<ApiArrived> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { method = '', url = '', headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks) };
}
