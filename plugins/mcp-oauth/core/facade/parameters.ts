import { facadeError } from './facade-reply.js';
import type { Reply } from '../challenge/reply.js';
import type { FacadeConfig, FacadePlace } from './facade-config.js';

/** Longest query or form, in bytes. */
export const maxParameterBytes = 65_536;
const mostParameters = 100;

/** What is wrong with a request, as the error that RFC 6749 gives it. */
export class RequestRefused extends Error {
  readonly reply: Reply;

  constructor(error: string, description: string, status = 400) {
    super(error);
    this.reply = facadeError(status, error, description);
  }
}

/**
 * Parameters of a query or form, each once (RFC 6749 §3.1); `resource` may be repeated (RFC 8707 §2).
 * They are sent on as they were read, written anew: no reader after this one sees anything else.
 * @throws RequestRefused
 */
export function readParameters(text: string): URLSearchParams {
  if (text.length > maxParameterBytes) {
    throw new RequestRefused('invalid_request', 'the request is too long');
  }
  // Before they are read: thousands of short ones cost ten times what as many bytes of few do.
  if (hasTooMany(text)) {
    throw new RequestRefused('invalid_request', 'the request has too many parameters');
  }
  const parameters = new URLSearchParams(text);
  const names = [...parameters.keys()];
  const single = names.filter((name) => name !== 'resource');
  if (new Set(single).size < single.length) {
    throw new RequestRefused('invalid_request', 'a parameter comes more than once');
  }
  return parameters;
}

function hasTooMany(text: string): boolean {
  let count = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    if (++count > mostParameters) return true;
  }
  return false;
}

/** The value of a parameter; an empty one counts as left out (RFC 6749 §3.1). */
export function valueOf(parameters: URLSearchParams, name: string): string | undefined {
  return parameters.get(name) || undefined;
}

/**
 * Refuses a request that asks for another resource than this endpoint: a token for it is not given
 * out under this one's name. A slash at the end makes no difference.
 * @throws RequestRefused
 */
export function checkResource(parameters: URLSearchParams, { resource }: FacadePlace): void {
  const asked = parameters.getAll('resource');
  if (asked.every((one) => one === '' || one.replace(/\/$/, '') === resource)) return;
  throw new RequestRefused('invalid_target', 'the resource asked for is not this endpoint');
}

/** Changes `resource` and `scope` as this issuer needs it. */
export function adapt(parameters: URLSearchParams, facade: FacadeConfig): void {
  const { resourceAs, dropScopes } = facade;
  const [first] = parameters.getAll('resource');
  if (first !== undefined) {
    parameters.delete('resource');
    const sent = resourceAs === undefined ? first : resourceAs;
    if (sent) parameters.set('resource', sent);
  }
  const scope = parameters.get('scope');
  if (scope === null || dropScopes.length === 0) return;
  setScopes(
    parameters,
    scopesOf(scope).filter((one) => !dropScopes.includes(one)),
  );
}

export function scopesOf(text: string): readonly string[] {
  return text.split(' ').filter((one) => one !== '');
}

export function setScopes(parameters: URLSearchParams, scopes: readonly string[]): void {
  if (scopes.length > 0) parameters.set('scope', [...new Set(scopes)].join(' '));
  else parameters.delete('scope');
}
