import { andThen } from '../../../lib/flow/eventual.js';
import type { Eventual } from '../../../lib/flow/eventual.js';
import { mayHaveMoreLines } from '../../../lib/http/header-lines.js';
import { originFits } from '../../../lib/http/origin.js';
import type { Scheme } from '../../../lib/http/challenge.js';
import type { HeaderRecord } from '../../../lib/http/single-header.js';
import type { OAuthConfig } from './oauth-config.js';
import { authorize } from './authorize.js';
import { askForToken, refuseToken, schemesOf } from './challenge/challenges.js';
import { checkHolder, earlyRefusal } from './holder/check-holder.js';
import { holderReply } from './holder/holder-reply.js';
import type { VerifyProof } from './holder/verify-proof.js';
import { offeredToken } from './token/offered-token.js';
import { headersToClear, mostIdentityHeaders } from './identity/identity-headers.js';
import { errorReply } from './challenge/reply.js';
import type { Reply } from './challenge/reply.js';
import { metadataReply } from './resource/resource-metadata.js';
import type { VerifiedToken, VerifyToken } from './token/verdict.js';

/** What Kong tells about a request. */
export interface RequestFacts {
  /** At most `maxHeaderLines` lines. */
  readonly headers: HeaderRecord;
  readonly method: string;
  /** As the client sent it, without query: another spelling of a metadata address is not one. */
  readonly path: string;
  readonly rawQuery: string;
  /** The whole body, within the limit; called only where rules look into it. */
  readonly readBody: () => Promise<Buffer>;
  /** Whether another of Kong's plugins has accepted a credential; asked with `anonymous` only. */
  readonly authenticated?: boolean;
  /** nginx's `$ssl_client_escaped_cert`; asked where tokens may be bound to certificates. */
  readonly clientCertificate?: string;
}

export type Decision =
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** No token, and `anonymous` stands for such requests. */
  | { readonly kind: 'anonymous'; readonly consumer: string }
  /** Another plugin has authenticated the request, and one of them is enough. */
  | { readonly kind: 'foreign' }
  | {
      readonly kind: 'pass';
      readonly caller: VerifiedToken;
      readonly scheme: Scheme;
      /** For the header DPoP-Nonce of the answer, where the client needs another one soon. */
      readonly nonce?: string;
    };

const retryAfterSeconds = 5;

/** The whole policy, top to bottom (design §5): everything but an allowed request ends here. */
export function authenticate(
  facts: RequestFacts,
  config: OAuthConfig,
  verify: VerifyToken,
  verifyProof: VerifyProof,
): Eventual<Decision> {
  return andThen(identify(facts, config, verify, verifyProof), (decision) =>
    decision.kind === 'reply' ? decision : authorized(decision, facts, config),
  );
}

function authorized(
  decision: Exclude<Decision, { readonly kind: 'reply' }>,
  facts: RequestFacts,
  config: OAuthConfig,
): Eventual<Decision> {
  const holder = decision.kind === 'pass' ? decision : undefined;
  return andThen(
    authorize(facts, config, holder?.caller.identity, holder?.scheme),
    (refusal): Decision => (refusal === undefined ? decision : { kind: 'reply', reply: refusal }),
  );
}

/** Who asks, before it is looked at what for. */
function identify(
  facts: RequestFacts,
  config: OAuthConfig,
  verify: VerifyToken,
  verifyProof: VerifyProof,
): Eventual<Decision> {
  const early = replyWithoutToken(facts, config);
  if (early !== undefined) return { kind: 'reply', reply: early };

  if (config.anonymous !== undefined && facts.authenticated === true) return { kind: 'foreign' };

  const offered = offeredToken(facts.headers, facts.rawQuery, known(config));
  if (offered.kind === 'malformed') return malformed(config, offered.why);
  if (offered.kind === 'none') {
    if (config.anonymous === undefined) return { kind: 'reply', reply: tokenNeeded(config) };
    return { kind: 'anonymous', consumer: config.anonymous };
  }

  const { scheme } = offered;
  const unfit = earlyRefusal(facts, config, offered);
  if (unfit !== undefined) return { kind: 'reply', reply: holderReply(config, scheme, unfit) };

  return andThen(verify(offered.token), (verdict) => {
    if (verdict.kind === 'unavailable') return { kind: 'reply', reply: keysUnavailable() };
    if (verdict.kind === 'refused') {
      const refused = { kind: 'token', reason: verdict.reason } as const;
      return { kind: 'reply', reply: holderReply(config, scheme, refused) };
    }
    const { caller } = verdict;
    return andThen(checkHolder(facts, config, offered, caller, verifyProof), (held): Decision => {
      if (held.kind === 'proved') return { ...held, kind: 'pass', caller, scheme };
      return { kind: 'reply', reply: holderReply(config, scheme, held) };
    });
  });
}

/** A bearer token is never overlooked, or it would pass for none where `anonymous` is. */
function known({ holder }: OAuthConfig): readonly Scheme[] {
  return ['Bearer', ...schemesOf(holder).filter((scheme) => scheme !== 'Bearer')];
}

function replyWithoutToken(facts: RequestFacts, config: OAuthConfig): Reply | undefined {
  const metadata = metadataReply(config, facts.method, facts.path);
  if (metadata !== undefined) return metadata;
  // A preflight that Kong's cors plugin left to us carries no token: it ends here, granting nothing.
  if (facts.method === 'OPTIONS') return { status: 204, headers: {}, body: '' };
  if (!originFits(facts.headers, config.allowedOrigins)) {
    return errorReply(403, 'forbidden_origin', 'this Origin is not allowed here');
  }
  if (mayHaveMoreLines(facts.headers)) {
    return errorReply(431, 'too_many_headers', 'the request has too many header lines');
  }
  if (hasTooManyIdentities(facts.headers, config)) {
    return errorReply(431, 'too_many_headers', 'the request has too many identity headers');
  }
  return undefined;
}

/** Headers that end here are cleared one by one, each by a call to Kong. */
function hasTooManyIdentities(headers: HeaderRecord, { claimHeaders }: OAuthConfig): boolean {
  let names = 0;
  for (const _name in headers) names++;
  if (names <= mostIdentityHeaders) return false;
  const own = claimHeaders.map(({ header }) => header);
  return headersToClear(headers, own).length > mostIdentityHeaders;
}

function tokenNeeded(config: OAuthConfig): Reply {
  const headers = { 'WWW-Authenticate': askForToken(config, config.challengeScopes) };
  return errorReply(401, 'unauthorized', 'an access token is needed', headers);
}

function malformed(
  config: OAuthConfig,
  description: string,
): { readonly kind: 'reply'; readonly reply: Reply } {
  const error = 'invalid_request';
  const fault = { error, description, scopes: config.challengeScopes } as const;
  const headers = { 'WWW-Authenticate': refuseToken(config, 'Bearer', fault) };
  return { kind: 'reply', reply: errorReply(400, error, description, headers) };
}

function keysUnavailable(): Reply {
  const headers = { 'Retry-After': String(retryAfterSeconds) };
  const why = 'the authorization server does not answer';
  return errorReply(503, 'temporarily_unavailable', why, headers);
}
