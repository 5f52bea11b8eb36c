import { McpError } from '../../../../lib/errors/errors.js';
import {
  anonymousIdentity,
  authorizationContextKey,
  principalKey,
} from '../../../../lib/identity/identity.js';
import type { Identity } from '../../../../lib/identity/identity.js';
import type { CallerContext } from '../calls/call.js';

/** What says who calls; none of it comes from a request header (design D5). */
export interface IdentityFacts {
  /** Whether mcp-oauth left a handle for this request. */
  readonly hasHandle: boolean;
  /** What that handle stood for. */
  readonly verified: Identity | undefined;
  /** Whether mcp-oauth hands the token on. */
  readonly passthrough?: boolean | undefined;
  /** Kong's consumer, empty where there is none. */
  readonly consumerId: string;
  /** The credential one of Kong's authentication plugins accepted, empty where there is none. */
  readonly credentialId: string;
}

/**
 * Who calls. A consumer without a credential was not authenticated: Kong's plugins set one as their
 * `anonymous` fallback, which all strangers share.
 * @throws McpError `identity_required`; `misconfigured` where mcp-oauth hands tokens on, which servers
 *   other than their audience must not see
 */
export function identify(facts: IdentityFacts, anonymousAllowed: boolean): Identity {
  if (facts.passthrough === true) {
    throw new McpError(
      'misconfigured',
      'passthrough_credentials of mcp-oauth is refused in front of mcp-aggregate: set it to false, and give servers credentials of their own (servers[].headers, servers[].auth)',
    );
  }
  if (facts.verified !== undefined) return facts.verified;
  if (facts.hasHandle) {
    throw new McpError('identity_required', 'the identity left by mcp-oauth is no longer valid');
  }
  if (facts.credentialId !== '') {
    const subject = facts.consumerId || facts.credentialId;
    return { issuer: 'kong', subject, clientId: '', scopes: [], claims: {} };
  }
  if (!anonymousAllowed) {
    throw new McpError(
      'identity_required',
      'no verified identity: put mcp-oauth or one of Kong’s authentication plugins on this route, or set anonymous to true in mcp-aggregate',
    );
  }
  return anonymousIdentity;
}

/** An identity's keys are hashes: identities that mcp-oauth has cached are hashed once. */
const contexts = new WeakMap<Identity, CallerContext>();

export function callerContext(identity: Identity): CallerContext {
  let context = contexts.get(identity);
  if (context === undefined) {
    const principal = principalKey(identity);
    context = { identity, principal, authorizationContext: authorizationContextKey(identity) };
    contexts.set(identity, context);
  }
  return context;
}
