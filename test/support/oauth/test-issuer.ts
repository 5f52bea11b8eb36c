import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SigningKey } from './signing-key.js';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An issuer on loopback whose every document a test can replace. */
export interface TestIssuer extends AsyncDisposable {
  readonly url: string;
  /** Documents by path; change them to make the issuer misbehave. */
  readonly routes: Map<string, Handler>;
  /** How often a path was asked for. */
  hits(path: string): number;
  /** Serves these keys from now on. */
  publish(...keys: readonly SigningKey[]): void;
  /** Calls `listener` for each connection from now on. */
  onConnection(listener: () => void): void;
}

export const oauthMetadataPath = '/.well-known/oauth-authorization-server';
export const keySetPath = '/jwks';

export function json(document: unknown, status = 200): Handler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document));
  };
}

/** Starts an issuer with RFC 8414 metadata and a key set of `keys`. */
export async function testIssuer(...keys: readonly SigningKey[]): Promise<TestIssuer> {
  const routes = new Map<string, Handler>();
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    counts.set(path, (counts.get(path) ?? 0) + 1);
    const handler = routes.get(path) ?? json({ error: 'not_found' }, 404);
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const publish = (...published: readonly SigningKey[]): void => {
    routes.set(keySetPath, json({ keys: published.map(({ jwk }) => jwk) }));
  };
  routes.set(oauthMetadataPath, json({ issuer: url, jwks_uri: `${url}${keySetPath}` }));
  publish(...keys);
  return {
    url,
    routes,
    hits: (path) => counts.get(path) ?? 0,
    publish,
    onConnection: (listener) => void server.on('connection', listener),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
