import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import type { JWK } from 'jose';
import { Provider } from 'oidc-provider/lib/provider.js';
import { serveInteraction } from './interaction.js';
import { errorPage, homePage } from './login-page.js';
import { providerConfiguration } from './provider-configuration.js';
import type { ClientMetadataFetch, DemoClient } from './provider-configuration.js';
import { registrationPath, serveRegistration } from './registration.js';

/** Development only: anyone may sign in as anyone, and all is forgotten when it ends. */
export interface AuthorizationServerOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Address to listen on; the issuer is `http://127.0.0.1:<port>` all the same. */
  readonly host?: string;
  /** Identifiers (RFC 8707) of the resources tokens are issued for; the first is the default. */
  readonly resources: readonly string[];
  /** Scopes of these resources; default `mcp:tools`. */
  readonly scopes?: readonly string[];
  /** Clients with a secret, for `client_credentials`. */
  readonly clients?: readonly DemoClient[];
  /** Lets clients show an https address as their id, and fetches what it says; default: they register. */
  readonly clientMetadataFetch?: ClientMetadataFetch;
  /** Lifetime of an access token; default 3600. */
  readonly accessTokenSeconds?: number;
  /** Default `jwt`. */
  readonly accessTokenFormat?: 'jwt' | 'opaque';
  /** Where operators look, for the page at the root. */
  readonly consoleUrl?: () => string | undefined;
  /** Private ES256 key; default a new one. */
  readonly signingKey?: JWK;
}

export interface TokenRequest {
  readonly client: DemoClient;
  readonly resource?: string;
  readonly scopes?: readonly string[];
}

export interface AuthorizationServer {
  readonly issuer: string;
  /** An access token by the `client_credentials` grant. */
  issueToken(request: TokenRequest): Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts an OAuth 2.1 authorization server built on oidc-provider, on loopback.
 * @throws the listen error, EADDRINUSE among them
 */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  const signingKey = options.signingKey ?? (await newSigningKey());
  const server = createServer();
  const port = await listen(server, options.port, options.host ?? '127.0.0.1');
  const issuer = `http://127.0.0.1:${port}`;
  const scopes = options.scopes ?? ['mcp:tools'];
  const provider = new Provider(
    issuer,
    providerConfiguration({
      resources: options.resources,
      scopes,
      clients: options.clients ?? [],
      clientMetadataFetch: options.clientMetadataFetch,
      accessTokenSeconds: options.accessTokenSeconds ?? 3600,
      ...(options.accessTokenFormat ? { accessTokenFormat: options.accessTokenFormat } : {}),
      signingKey,
    }),
  );
  const serve = provider.callback();
  const fallback = options.resources[0] ?? '';
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/interaction/') === true) {
      serveInteraction(provider, fallback, request, response).catch(() => {
        refuseInteraction(response);
      });
    } else if (request.url === registrationPath) {
      serveRegistration(issuer, request, response).catch(() => response.destroy());
    } else if (request.url === '/' && request.method === 'GET') {
      const page = homePage(options.resources, options.consoleUrl?.());
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    } else {
      void serve(request, response);
    }
  });
  return {
    issuer,
    issueToken: (request) => issueToken(issuer, request, scopes),
    close: () => close(server),
  };
}

/** A fresh private key that tokens can be signed with. */
export async function newSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'demo-1' };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function refuseInteraction(response: ServerResponse): void {
  if (!response.headersSent) {
    response.writeHead(400, { 'content-type': 'text/html; charset=utf-8' });
  }
  response.end(errorPage('invalid_request', 'this sign-in is unknown or has expired; start again'));
}

async function issueToken(
  issuer: string,
  request: TokenRequest,
  allScopes: readonly string[],
): Promise<string> {
  const { id, secret } = request.client;
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  form.set('scope', (request.scopes ?? allScopes).join(' '));
  if (request.resource !== undefined) form.set('resource', request.resource);
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`);
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Basic ${basic.toString('base64')}` },
  });
  const answer = (await response.json()) as { access_token?: string; error?: string };
  if (answer.access_token === undefined) {
    throw new Error(`no token: ${answer.error ?? String(response.status)}`);
  }
  return answer.access_token;
}
