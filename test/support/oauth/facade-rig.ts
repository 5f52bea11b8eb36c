import { readConfig } from '../../../plugins/mcp-oauth/config/config.js';
import type { Reply } from '../../../plugins/mcp-oauth/core/challenge/reply.js';
import type { FacadeEndpoint } from '../../../plugins/mcp-oauth/core/facade/facade-paths.js';
import { newFacade } from '../../../plugins/mcp-oauth/io/facade/facade.js';
import type { FacadeRequest } from '../../../plugins/mcp-oauth/io/facade/facade.js';
import type { Fetch } from '../../../lib/outbound/outbound-fetch.js';
import { pluginConfig } from './plugin-config.js';

export const resource = 'https://mcp.example.com/mcp';
export const issuer = 'https://as.example.com';
export const clientId = 'shared';
export const secret = 'the-secret-of-the-shared-client';
export const callback = 'http://127.0.0.1:4711/callback';
export const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

export const document = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  revocation_endpoint: `${issuer}/revoke`,
  registration_endpoint: `${issuer}/register`,
  jwks_uri: `${issuer}/keys`,
  response_types_supported: ['code', 'token'],
};

/** What was sent to the issuer. */
export interface Sent {
  readonly url: string;
  readonly body: string;
  readonly headers: Headers;
}

export interface FacadeRig {
  readonly ask: (endpoint: FacadeEndpoint, request?: Partial<FacadeRequest>) => Promise<Reply>;
  /** All but metadata. */
  readonly sent: Sent[];
  /** How often metadata was fetched. */
  readonly loads: () => number;
}

interface RigOptions {
  readonly oauth?: Readonly<Record<string, unknown>>;
  readonly facade?: Readonly<Record<string, unknown>>;
  readonly metadata?: object;
  /** The issuer's answer to all but metadata. */
  readonly answer?: (url: string) => Response | Promise<Response>;
  readonly fetch?: Fetch;
  readonly now?: () => number;
}

/** `facade` as Kong hands it over. */
export function facadeOf(own: Readonly<Record<string, unknown>> = {}) {
  return {
    provider: 'generic',
    client_auth: 'client_secret_post',
    redirect_uris: ['loopback'],
    serve_root: false,
    client_id: clientId,
    ...own,
  };
}

/** A facade over an issuer that answers as it is told. */
export function facadeRig(options: RigOptions = {}): FacadeRig {
  const oauth = { facade: facadeOf({ client_secret: secret, ...options.facade }) };
  const config = readConfig(pluginConfig({ ...oauth, ...options.oauth } as never));
  const sent: Sent[] = [];
  let loads = 0;
  const json = () => Response.json({ access_token: 'a token', token_type: 'Bearer' });
  const { answer = json, metadata = document } = options;
  const fetch: Fetch = async (input, init) => {
    const { href: url } = new URL(input);
    if (url.includes('/.well-known/')) {
      loads += 1;
      return Response.json(metadata);
    }
    sent.push({
      url,
      body: typeof init?.body === 'string' ? init.body : '',
      headers: new Headers(init?.headers),
    });
    return answer(url);
  };
  const place = { resource: String(config.metadata['resource']), facade: config.facade! };
  const now = options.now ?? (() => Date.now());
  const facade = newFacade(config, place, { now, fetch: options.fetch ?? fetch });
  return {
    ask: (endpoint, request = {}) =>
      facade(endpoint, { rawQuery: '', headers: {}, body: '', ...request }),
    sent,
    loads: () => loads,
  };
}

/** An honest authorization request, with what is changed in it; undefined takes one out. */
export function authorizeQuery(changed: Readonly<Record<string, string | undefined>> = {}): string {
  return encode({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: callback,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'a state',
    scope: 'mcp:tools',
    resource,
    ...changed,
  });
}

/** An honest token request, likewise. */
export function tokenForm(changed: Readonly<Record<string, string | undefined>> = {}): string {
  return encode({
    grant_type: 'authorization_code',
    client_id: clientId,
    code: 'a code',
    redirect_uri: callback,
    code_verifier: verifier,
    resource,
    ...changed,
  });
}

export const form = { 'content-type': 'application/x-www-form-urlencoded' };

function encode(members: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given as [string, string][]).toString();
}
