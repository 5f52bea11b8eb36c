import { errorReply } from '../challenge/reply.js';
import type { Reply } from '../challenge/reply.js';
import { facadeMethods } from './facade-paths.js';
import type { FacadeEndpoint } from './facade-paths.js';

// No cookie takes part in any of this, so a page of any origin learns only what anyone may.
const anyOrigin = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'WWW-Authenticate, Retry-After',
};
const retryAfterSeconds = '5';

/** An error of RFC 6749 §5.2, for clients in browsers too; nothing of the request is in it. */
export function facadeError(
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return errorReply(status, error, description, { ...anyOrigin, ...headers });
}

/** JSON of the facade's own or of the issuer. */
export function facadeJson(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const own = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...anyOrigin };
  return { status, headers: { ...own, ...headers }, body };
}

/** A 302 to the issuer's own authorization endpoint: nothing is redirected elsewhere. */
export function redirect(location: URL): Reply {
  const headers = {
    Location: location.href,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    ...anyOrigin,
  };
  return { status: 302, headers, body: '' };
}

/** The answer to a preflight (Fetch §3.3): `*` does not stand for Authorization. */
export function preflight(endpoint: FacadeEndpoint): Reply {
  const headers = {
    ...anyOrigin,
    'Access-Control-Allow-Methods': [...facadeMethods[endpoint], 'OPTIONS'].join(', '),
    'Access-Control-Allow-Headers': '*, Authorization',
    'Access-Control-Max-Age': '86400',
  };
  return { status: 204, headers, body: '' };
}

export function wrongMethod(endpoint: FacadeEndpoint): Reply {
  const allowed = [...facadeMethods[endpoint], 'OPTIONS'].join(', ');
  return facadeError(405, 'method_not_allowed', `use one of ${allowed}`, { Allow: allowed });
}

export function notFound(): Reply {
  return facadeError(404, 'not_found', 'no authorization server here');
}

/** The issuer does not answer, or not in time. */
export function issuerUnavailable(): Reply {
  const why = 'the authorization server does not answer';
  return facadeError(503, 'temporarily_unavailable', why, { 'Retry-After': retryAfterSeconds });
}

/** The issuer answers, but nothing that can be handed on. */
export function issuerUnusable(): Reply {
  return facadeError(502, 'server_error', 'the authorization server gave no usable answer');
}
