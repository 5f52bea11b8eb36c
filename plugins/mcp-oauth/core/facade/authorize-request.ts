import type { Reply } from '../challenge/reply.js';
import type { FacadePlace } from './facade-config.js';
import { redirect } from './facade-reply.js';
import {
  adapt,
  checkResource,
  readParameters,
  RequestRefused,
  scopesOf,
  setScopes,
  valueOf,
} from './parameters.js';

/** SHA-256 in base64url, which is what S256 makes (RFC 7636 §4.2). */
const challenge = /^[\w-]{43}$/;

/**
 * The way from `/authorize` to the issuer (RFC 6749 §4.1.1). An error is answered here and never
 * redirected, so there is one address that this leads to: `endpoint`. The issuer decides on the
 * redirect URI; for the shared client the list of this endpoint holds before that.
 * @param endpoint authorization endpoint of the issuer
 * @throws RequestRefused
 */
export function authorizeRedirect(place: FacadePlace, endpoint: URL, rawQuery: string): Reply {
  const { facade } = place;
  const parameters = readParameters(rawQuery);
  checkAuthorize(parameters, place);
  adapt(parameters, facade);
  if (facade.addScopes.length > 0) {
    setScopes(parameters, [...scopesOf(parameters.get('scope') ?? ''), ...facade.addScopes]);
  }
  if (facade.audience !== undefined) parameters.set('audience', facade.audience);
  for (const [name, value] of Object.entries(facade.addParameters)) parameters.set(name, value);
  const location = new URL(endpoint);
  // What the endpoint's own address says stays as it is (RFC 6749 §3.1).
  const own = new Set(location.searchParams.keys());
  for (const [name, value] of parameters) {
    if (!own.has(name)) location.searchParams.append(name, value);
  }
  return redirect(location);
}

function checkAuthorize(parameters: URLSearchParams, place: FacadePlace): void {
  // Their parameters would pass by what is checked here (RFC 9101 §4).
  for (const name of ['request', 'request_uri']) {
    if (!parameters.has(name)) continue;
    throw new RequestRefused(`${name}_not_supported`, 'send the parameters themselves');
  }
  if (valueOf(parameters, 'response_type') !== 'code') {
    throw new RequestRefused('unsupported_response_type', 'response_type must be code');
  }
  if (valueOf(parameters, 'code_challenge_method') !== 'S256') {
    throw new RequestRefused('invalid_request', 'code_challenge_method must be S256');
  }
  if (!challenge.test(valueOf(parameters, 'code_challenge') ?? '')) {
    throw new RequestRefused('invalid_request', 'code_challenge is missing or is no S256 value');
  }
  const client = valueOf(parameters, 'client_id');
  if (client === undefined) throw new RequestRefused('invalid_request', 'client_id is missing');
  const { facade } = place;
  if (client === facade.client?.id && !facade.allowsRedirect(valueOf(parameters, 'redirect_uri'))) {
    throw new RequestRefused('invalid_request', 'redirect_uri is missing or not allowed here');
  }
  checkResource(parameters, place);
}
