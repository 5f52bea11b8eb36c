import { headerLines, trimSpace } from '../../../../lib/http/single-header.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import { isMediaType } from './content-type.js';
import type { FacadePlace } from './facade-config.js';
import { adapt, checkResource, readParameters, RequestRefused, valueOf } from './parameters.js';

/** A request to the token or revocation endpoint, as it is sent on. */
export interface ClientRequest {
  readonly form: URLSearchParams;
  /** Whether it is the shared client's. */
  readonly shared: boolean;
  /** Whether this gateway proves that it is the shared client. */
  readonly proves: boolean;
  /** The client's own credential, for other clients. */
  readonly authorization: string | undefined;
}

const verifier = /^[\w.~-]{43,128}$/;
const provenGrants = new Set(['authorization_code', 'refresh_token']);

/**
 * Reads a token request (RFC 6749 §4.1.3, §6) of any client. The shared client gets its proof for
 * its own grants and redirect URIs only, and with PKCE only.
 * @throws RequestRefused
 */
export function tokenRequest(
  place: FacadePlace,
  body: string,
  headers: HeaderRecord,
): ClientRequest {
  const request = clientRequest(place, body, headers);
  const { form } = request;
  const grant = valueOf(form, 'grant_type');
  if (grant === undefined) throw new RequestRefused('invalid_request', 'grant_type is missing');
  checkResource(form, place);
  adapt(form, place.facade);
  const { audience } = place.facade;
  if (audience !== undefined && grant === 'client_credentials') form.set('audience', audience);
  if (!request.shared) return request;
  if (request.proves && !provenGrants.has(grant)) {
    throw new RequestRefused('unauthorized_client', 'this client may not use this grant here');
  }
  if (grant === 'authorization_code') checkCode(form, place);
  return request;
}

/** Reads a revocation request (RFC 7009 §2.1). @throws RequestRefused */
export function revocationRequest(
  place: FacadePlace,
  body: string,
  headers: HeaderRecord,
): ClientRequest {
  const request = clientRequest(place, body, headers);
  if (valueOf(request.form, 'token') !== undefined) return request;
  throw new RequestRefused('invalid_request', 'token is missing');
}

function checkCode(form: URLSearchParams, { facade }: FacadePlace): void {
  if (!facade.allowsRedirect(valueOf(form, 'redirect_uri'))) {
    throw new RequestRefused('invalid_grant', 'redirect_uri is missing or not allowed here');
  }
  if (verifier.test(valueOf(form, 'code_verifier') ?? '')) return;
  throw new RequestRefused('invalid_grant', 'code_verifier is missing or no verifier');
}

function clientRequest(place: FacadePlace, body: string, headers: HeaderRecord): ClientRequest {
  if (!isMediaType(headers, 'application/x-www-form-urlencoded')) {
    throw new RequestRefused('invalid_request', 'send application/x-www-form-urlencoded');
  }
  const form = readParameters(body);
  const authorization = basicCredential(headers);
  const named = authorization === undefined ? undefined : clientOf(authorization);
  const asked = valueOf(form, 'client_id');
  if (named !== undefined && asked !== undefined && named !== asked) {
    throw new RequestRefused('invalid_request', 'two clients are named');
  }
  const { client } = place.facade;
  if ((named ?? asked) !== client?.id || client === undefined) {
    return { form, shared: false, proves: false, authorization };
  }
  const shown = ['client_secret', 'client_assertion', 'client_assertion_type'];
  if (client.proof === undefined) return { form, shared: true, proves: false, authorization };
  if (authorization !== undefined || shown.some((name) => form.has(name))) {
    throw new RequestRefused('invalid_client', 'this client is public: it has no secret', 401);
  }
  return { form, shared: true, proves: true, authorization: undefined };
}

function basicCredential(headers: HeaderRecord): string | undefined {
  const lines = headerLines(headers, 'authorization');
  if (lines.length > 1) throw new RequestRefused('invalid_request', 'Authorization is repeated');
  const [line] = lines;
  if (line === undefined) return undefined;
  const value = trimSpace(line);
  if (/^basic [A-Za-z0-9+/]+={0,2}$/i.test(value)) return value;
  throw new RequestRefused('invalid_client', 'authenticate by Basic or in the body', 401);
}

/** RFC 6749 §2.3.1: the client's id is form-encoded. */
function clientOf(authorization: string): string {
  const text = Buffer.from(authorization.slice('basic '.length), 'base64').toString('utf8');
  const [id = ''] = text.split(':', 1);
  return new URLSearchParams(`id=${id.replaceAll('&', '%26')}`).get('id') ?? '';
}
