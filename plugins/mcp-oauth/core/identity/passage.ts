import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { Identity } from '../../../../lib/identity/identity.js';
import { claimAt } from './claim-path.js';
import type { ClaimPath } from './claim-path.js';
import { consumerHeaders } from './consumer.js';
import type { Consumer } from './consumer.js';
import { headersToClear } from './identity-headers.js';
import type { OAuthConfig } from '../oauth-config.js';
import type { VerifiedToken } from '../token/verdict.js';

/** What an admitted request looks like to Kong's plugins and to the upstream. */
export interface Passage {
  /** Names of received headers, as spelled, that end here. */
  readonly clear: readonly string[];
  readonly set: Readonly<Record<string, string>>;
  /** Absent where another plugin has authenticated the request. */
  readonly authentication?: {
    readonly consumer?: Consumer;
    readonly credential?: { readonly id: string; readonly consumerId: string };
  };
  /** For Kong's acl. */
  readonly groups?: readonly string[];
}

/** Set, or cleared, by each of Kong's own authentication plugins; other spellings are a client's. */
const nativeNames = new Set([
  'x-consumer-id',
  'x-consumer-username',
  'x-consumer-custom-id',
  'x-credential-identifier',
  'x-anonymous-consumer',
]);
const mostGroups = 100;
/** Over ProtoBuf:1 a missing consumer id arrives as empty text, on which Kong's acl fails with 500. */
const noConsumer = '00000000-0000-0000-0000-000000000000';

/** For a verified token, and the consumer it was mapped to. */
export function tokenPassage(
  received: HeaderRecord,
  config: OAuthConfig,
  { identity, headers, credentialId }: VerifiedToken,
  consumer: Consumer | undefined,
): Passage {
  const clear = cleared(received, config).filter(
    (name) => !config.passthroughCredentials || name.toLowerCase() !== 'authorization',
  );
  const groups = config.groupsClaim && groupsOf(identity, config.groupsClaim);
  const shared = groups === undefined ? {} : { groups };
  if (consumer === undefined) {
    const authentication = { credential: { id: credentialId, consumerId: noConsumer } };
    return { clear, set: headers, authentication, ...shared };
  }
  const native = { ...consumerHeaders(consumer), 'X-Credential-Identifier': credentialId };
  const credential = { id: credentialId, consumerId: consumer.id };
  return {
    clear,
    set: { ...headers, ...native },
    authentication: { consumer, credential },
    ...shared,
  };
}

/** For a request without a token, as the `anonymous` consumer: no credential, as in Kong's plugins. */
export function anonymousPassage(
  received: HeaderRecord,
  config: OAuthConfig,
  consumer: Consumer,
): Passage {
  const set = { ...consumerHeaders(consumer), 'X-Anonymous-Consumer': 'true' };
  return { clear: cleared(received, config), set, authentication: { consumer } };
}

/** For a request that another authentication plugin has let in: what that plugin said stays. */
export function foreignPassage(received: HeaderRecord, config: OAuthConfig): Passage {
  return { clear: cleared(received, config).filter((name) => !nativeNames.has(name)), set: {} };
}

function cleared(received: HeaderRecord, { claimHeaders }: OAuthConfig): string[] {
  const own = claimHeaders.map(({ header }) => header);
  return headersToClear(received, own);
}

/** A list of text, or text separated by spaces; anything else is no group. */
function groupsOf(identity: Identity, path: ClaimPath): readonly string[] {
  const claim = claimAt(identity.claims, path);
  const values: readonly unknown[] =
    typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  const groups = values.filter((value) => typeof value === 'string' && value !== '') as string[];
  return groups.slice(0, mostGroups);
}
