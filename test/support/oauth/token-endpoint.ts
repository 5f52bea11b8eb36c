import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One token request as it arrived. */
export interface TokenAsked {
  readonly headers: IncomingHttpHeaders;
  readonly form: URLSearchParams;
}

export interface TokenEndpoint {
  readonly url: string;
  readonly asked: TokenAsked[];
  /** Answers from now on; the usual answer is `token-<n>` for 3600 seconds. */
  answer(handler: (asked: TokenAsked, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

/** Ends a response with JSON. */
export function tokenJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A token endpoint whose every answer a test can replace. */
export async function startTokenEndpoint(): Promise<TokenEndpoint> {
  const asked: TokenAsked[] = [];
  let handle = (_one: TokenAsked, response: ServerResponse): void =>
    tokenJson(response, {
      access_token: `token-${asked.length}`,
      token_type: 'Bearer',
      expires_in: 3600,
    });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const one = { headers: request.headers, form };
      asked.push(one);
      handle(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    asked,
    answer: (handler) => void (handle = handler),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
