import type { TokenClient, TokenTarget } from '../../config/servers/auth-config.js';
import { MissingSecret, readJwk } from '../../config/servers/auth-config.js';
import { boundedRequest } from '../../../../lib/outbound/bounded-request.js';
import { clientProof } from '../../../../lib/outbound/client-authentication.js';
import type { ClientAuthentication } from '../../../../lib/outbound/client-authentication.js';
import { OutboundError } from '../../../../lib/outbound/outbound-error.js';
import { replyJson } from '../../../../lib/outbound/reply-json.js';
import type { Fetch } from '../../../../lib/outbound/outbound-fetch.js';
import type { SpanContext } from '../../../../lib/tracing/tracing.js';

/** A token as the authorization server gave it. */
export interface GivenToken {
  readonly token: string;
  /** Lifetime in seconds, where the answer says. */
  readonly expiresIn: number | undefined;
}

/** No token was given. Texts are fit for a client and hold nothing that the server said. */
export class NoToken extends Error {
  /** Whether the server said no, so that asking again at once is useless. */
  readonly refused: boolean;
  /** A code of RFC 6749 §5.2 or RFC 8693 §2.2.2, for logs. */
  readonly code: string | undefined;

  constructor(
    message: string,
    options: { readonly refused?: boolean; readonly code?: string } = {},
  ) {
    super(message);
    this.name = 'NoToken';
    this.refused = options.refused ?? false;
    this.code = options.code;
  }
}

const maxBytes = 65_536;
const maxTokenLength = 16_384;
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/;
const knownCodes = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'invalid_target',
  'unauthorized_client',
  'unsupported_grant_type',
]);

/**
 * How the client proves itself.
 * @throws MissingSecret for an empty secret; ConfigError for a key that is none
 */
export function clientAuthentication(field: string, client: TokenClient): ClientAuthentication {
  const { id, method, secret, jwk, assertionAudience } = client;
  if (id.trim() === '') throw new MissingSecret(`${field}.client_id`);
  if (method === 'private_key_jwt') {
    if (jwk.trim() === '') throw new MissingSecret(`${field}.client_jwk`);
    const key = readJwk(`${field}.client_jwk`, jwk);
    return { method, clientId: id, key, audience: assertionAudience };
  }
  if (secret.trim() === '') throw new MissingSecret(`${field}.client_secret`);
  return { method, clientId: id, secret };
}

/** Parameters that say what the token is for. */
export function targetForm({ scopes, audience, resource }: TokenTarget): [string, string][] {
  return [
    ...(scopes.length > 0 ? ([['scope', scopes.join(' ')]] as [string, string][]) : []),
    ...audience.map((value): [string, string] => ['audience', value]),
    ...(resource === undefined ? [] : ([['resource', resource]] as [string, string][])),
  ];
}

/** What a token is asked for with, in a word. */
function grantOf(parameters: readonly [string, string][]): string {
  const grant = parameters.find(([name]) => name === 'grant_type')?.[1] ?? 'token';
  return grant.replace(/^.*:/, '');
}

/**
 * Asks a token endpoint (RFC 6749 §5, RFC 8693 §2).
 * @param parent the span that it is part of, where that is traced
 * @throws NoToken
 */
export async function requestToken(
  deps: { readonly fetch: Fetch; readonly now: () => number },
  endpoint: URL,
  client: ClientAuthentication,
  parameters: readonly [string, string][],
  signal: AbortSignal,
  parent?: SpanContext,
): Promise<GivenToken> {
  const proof = await clientProof(client, deps.now());
  const form = new URLSearchParams([...parameters]);
  for (const [name, value] of Object.entries(proof.form)) form.set(name, value);
  const headers = {
    ...proof.headers,
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  const request = { method: 'POST', headers, body: form.toString(), signal, maxBytes } as const;
  const purpose = grantOf(parameters);
  let reply;
  try {
    reply = await boundedRequest(deps.fetch, endpoint, { ...request, purpose, parent });
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    throw new NoToken(failures[error.code]);
  }
  return readReply(reply.status, reply.text);
}

const failures: Readonly<Record<OutboundError['code'], string>> = {
  address_refused: 'its authorization server is at an address that is not allowed',
  timeout: 'its authorization server did not answer in time',
  too_large: 'its authorization server answered too much',
  unreachable: 'its authorization server cannot be reached',
};

function readReply(status: number, text: string): GivenToken {
  const body = parse(text);
  if (status !== 200) {
    const error = body['error'];
    const code = typeof error === 'string' && knownCodes.has(error) ? { code: error } : {};
    if (status < 400 || status >= 500 || status === 429) {
      throw new NoToken(`its authorization server answered HTTP ${String(status)}`, code);
    }
    throw new NoToken('its authorization server refuses to give one', { refused: true, ...code });
  }
  const { access_token: token, token_type: type, expires_in: expiresIn } = body;
  const fits = typeof token === 'string' && token.length <= maxTokenLength && b64token.test(token);
  // RFC 8693 answers `N_A` for what is no access token.
  if (!fits || typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw new NoToken('its authorization server answered without a bearer token');
  }
  // Some servers write the number as text.
  const seconds = expiresIn === undefined || expiresIn === null ? undefined : Number(expiresIn);
  return { token, expiresIn: seconds !== undefined && seconds >= 0 ? seconds : undefined };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = replyJson(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // As an empty answer.
  }
  return {};
}
