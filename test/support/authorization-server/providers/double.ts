import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Provider } from 'oidc-provider/lib/provider.js';
import { newSigningKey } from '../../../../kong/demo/login/authorization-server.js';
import { serveInteraction } from '../../../../kong/demo/login/interaction.js';
import { listenOnLoopback } from '../../loopback-server.js';
import { doubleConfiguration, sharedClient } from './double-configuration.js';
import { quirks } from './quirks.js';
import type { DoubledProvider, Quirks } from './quirks.js';

export interface ProviderDouble {
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined for a public client. */
  readonly clientSecret: string | undefined;
  /** Method, path and query of what it was asked. */
  readonly asked: string[];
  close(): Promise<void>;
}

type Exchange = [IncomingMessage, ServerResponse];

const untouched = 'x-untouched';

/**
 * A provider as its documents and public reports describe it, made of oidc-provider.
 * @param more what this one does otherwise
 * @param resource what its tokens are for, and its default where it knows no `resource`
 */
export async function startProviderDouble(
  name: DoubledProvider,
  resource: string,
  scopes: readonly string[],
  more: Partial<Quirks> = {},
): Promise<ProviderDouble> {
  const own: Quirks = { ...quirks[name], ...more };
  const server = createServer();
  const listening = await listenOnLoopback(server);
  const origin = `http://127.0.0.1:${listening.port}`;
  const issuer = `${origin}${own.path}`;
  const key = await newSigningKey();
  const client = sharedClient(own);
  const configuration = doubleConfiguration({ quirks: own, resource, scopes, key, client });
  const provider = new Provider(issuer, configuration);
  const serve = provider.callback() as (...of: Exchange) => Promise<void>;
  const asked: string[] = [];
  const base = own.path.replace(/\/$/, '');
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? '/';
    if (url.startsWith('/interaction/')) {
      return serveInteraction(provider, resource, request, response);
    }
    if (request.headers[untouched] === undefined) {
      asked.push(`${request.method ?? ''} ${url}`);
      if (refuses(own, base, request, response)) return;
      if (await metadata(own, base, origin, url, response)) return;
    }
    soften(own, response);
    request.url = url.startsWith(base) ? url.slice(base.length) : url;
    return serve(request, response);
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => response.destroy());
  });
  return {
    issuer,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    asked,
    close: async () => listening[Symbol.asyncDispose](),
  };
}

function send(response: ServerResponse, status: number, body: object): true {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
  return true;
}

/** What this provider refuses where oidc-provider would not. */
function refuses(
  own: Quirks,
  base: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const url = request.url ?? '/';
  const [path] = url.split('?');
  if (own.resource === 'refuses' && path === `${base}/auth` && url.includes('resource=')) {
    const why = 'AADSTS9010010: The resource parameter provided in the request does not match.';
    return send(response, 400, { error: 'invalid_target', error_description: why });
  }
  if (own.registration !== 'without-cors' && path === `${base}/reg`) {
    if (own.registration === 'none') return send(response, 404, {});
    return send(response, 403, { error: 'access_denied', error_description: 'E0000006' });
  }
  return false;
}

/** Its metadata: where it is, and without what the provider does not say. */
async function metadata(
  own: Quirks,
  base: string,
  origin: string,
  url: string,
  response: ServerResponse,
): Promise<boolean> {
  if (!url.includes('/.well-known/')) return false;
  const [openid, oauth] = ['openid-configuration', 'oauth-authorization-server'];
  const places = [
    ...(own.metadata === 'appended' ? [] : [`${base}/.well-known/${openid}`]),
    ...(own.metadata === 'openid' ? [] : [`${base}/.well-known/${oauth}`]),
  ];
  if (!places.includes(url)) return send(response, 404, {});
  const inner = `${origin}${base}/.well-known/${openid}`;
  const answer = await fetch(inner, { headers: { [untouched]: '1' } });
  const document = (await answer.json()) as Record<string, unknown>;
  if (!own.iss) delete document['authorization_response_iss_parameter_supported'];
  if (own.registration !== 'without-cors') delete document['registration_endpoint'];
  // None of them advertises it without being asked, but for Auth0 and Keycloak.
  if (own.metadata === 'openid') delete document['code_challenge_methods_supported'];
  return send(response, 200, document);
}

/** Takes from answers what this provider does not send. */
function soften(own: Quirks, response: ServerResponse): void {
  const set = response.setHeader.bind(response);
  response.setHeader = (name, value) => {
    if (name.toLowerCase().startsWith('access-control-')) return response;
    if (name.toLowerCase() !== 'location' || own.iss) return set(name, value);
    return set(name, String(value).replace(/([?&])iss=[^&]*&?/, '$1'));
  };
}
