import type { Eventual } from '../../../lib/flow/eventual.js';
import { errorBody } from '../../../lib/errors/error-body.js';
import { McpError } from '../../../lib/errors/errors.js';
import type { HandedAuthorization } from '../../../lib/handles/handles.js';
import type { Identity } from '../../../lib/identity/identity.js';
import { RefusedMessageError } from '../../../lib/json/envelope.js';
import { bodiless } from '../../../lib/policy/operation.js';
import type { Ruling, Subject } from '../../../lib/policy/policy.js';
import { askedOperations } from './asked-operations.js';
import type { BodyFacts } from './asked-operations.js';
import { lacksScope, scopeChallenge } from '../../../lib/http/challenge.js';
import type { Scheme } from '../../../lib/http/challenge.js';
import { askForToken, proofAlgorithms } from './challenge/challenges.js';
import type { OAuthConfig } from './oauth-config.js';
import { errorReply } from './challenge/reply.js';
import type { Reply } from './challenge/reply.js';

type Rules = Pick<
  OAuthConfig,
  'policy' | 'expandScopes' | 'requiredScopes' | 'maxRequestBytes' | 'metadataUrl' | 'holder'
>;

const isDenied = 'a rule of this endpoint denies this operation';

/**
 * Decides whether the caller may do what the request asks for; undefined where it may. The body is
 * read only where rules look into it. What claims deny is not hidden here: a server's own lists pass
 * by, so its items are known anyway.
 * @param identity undefined where there is no token; such a request was let in without scopes, and
 *   rules that need some still hold
 * @param scheme by which the token came
 */
export function authorize(
  facts: BodyFacts,
  config: Rules,
  identity: Pick<Identity, 'scopes' | 'claims'> | undefined,
  scheme: Scheme = 'Bearer',
): Eventual<Reply | undefined> {
  const { policy, requiredScopes } = config;
  const granted = config.expandScopes(identity?.scopes ?? []);
  const subject = { claims: identity?.claims ?? {}, granted };
  const base = identity === undefined ? [] : requiredScopes;
  if (policy.hasRules) return authorizeMessage(facts, config, subject, base, identity && scheme);
  const ruling = policy.rule(bodiless, subject, base);
  return ruling.kind === 'lacks_scope' ? scopesNeeded(config, scheme, ruling.needed) : undefined;
}

async function authorizeMessage(
  facts: BodyFacts,
  config: Rules,
  subject: Subject,
  base: readonly string[],
  scheme: Scheme | undefined,
): Promise<Reply | undefined> {
  try {
    const { operations, id } = await askedOperations(facts, config.maxRequestBytes);
    const ruling = config.policy.rule(operations, subject, base);
    return ruling.kind === 'allowed' ? undefined : refuseMessage(config, id, ruling, scheme);
  } catch (error) {
    if (error instanceof McpError) return messageReply(error);
    throw error;
  }
}

/** What mcp-aggregate needs to decide and to challenge as this plugin does. */
export function handedAuthorization(
  config: Rules,
  identity: Pick<Identity, 'scopes'>,
  scheme: Scheme,
): HandedAuthorization {
  const { requiredScopes, metadataUrl, holder } = config;
  const algorithms = proofAlgorithms(holder, scheme);
  return {
    requiredScopes,
    granted: config.expandScopes(identity.scopes),
    metadataUrl,
    ...(algorithms ? { proofAlgorithms: algorithms } : {}),
  };
}

function challengeFor(config: Rules, scheme: Scheme, scopes: readonly string[]): string {
  return scopeChallenge(config.metadataUrl, scopes, proofAlgorithms(config.holder, scheme));
}

function scopesNeeded(config: Rules, scheme: Scheme, scopes: readonly string[]): Reply {
  const headers = { 'WWW-Authenticate': challengeFor(config, scheme, scopes) };
  return errorReply(403, 'insufficient_scope', lacksScope, headers);
}

function refuseMessage(
  config: Rules,
  id: string,
  ruling: Exclude<Ruling, { kind: 'allowed' }>,
  scheme: Scheme | undefined,
): Reply {
  if (ruling.kind === 'denied') {
    return messageReply(new RefusedMessageError(new McpError('forbidden', isDenied), id));
  }
  const scopes = [...new Set([...config.requiredScopes, ...ruling.needed])];
  const error = new McpError('insufficient_scope', lacksScope, { scopes });
  const reply = messageReply(new RefusedMessageError(error, id));
  const challenge = scheme ? challengeFor(config, scheme, scopes) : askForToken(config, scopes);
  return {
    ...reply,
    status: scheme ? reply.status : 401,
    headers: { ...reply.headers, 'WWW-Authenticate': challenge },
  };
}

/** An answer to a message that was read, or could not be. */
function messageReply(error: McpError): Reply {
  const headers = {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    ...(error.code === 'method_not_allowed' ? { Allow: 'POST, GET, DELETE' } : {}),
  };
  return { status: error.status, headers, body: errorBody(error).toString() };
}
