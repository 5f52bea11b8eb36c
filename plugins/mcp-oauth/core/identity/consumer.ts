import type { Identity } from '../../../../lib/identity/identity.js';
import { claimAt } from './claim-path.js';
import type { ClaimPath } from './claim-path.js';
import { errorReply } from '../challenge/reply.js';
import type { Reply } from '../challenge/reply.js';

/** What the claim is compared with. `custom_id` cannot be looked up by an external plugin. */
export type ConsumerKey = 'username' | 'id';

/** How tokens of one issuer are mapped to Kong consumers. */
export interface ConsumerMapping {
  readonly claim: ClaimPath;
  readonly by: readonly ConsumerKey[];
  /** Let the request pass without a consumer where there is none. */
  readonly optional: boolean;
}

/** Mappings by issuer: a name at one issuer says nothing of the same name at another. */
export type ConsumerMappings = ReadonlyMap<string, ConsumerMapping>;

/** A Kong consumer as its PDK answers it. */
export interface Consumer {
  readonly id: string;
  readonly username?: string;
  readonly customId?: string;
}

/** What `kong.client.load_consumer` is to be asked. */
export interface ConsumerQuery {
  readonly value: string;
  /** Kong takes a UUID for an id first, and only then for a username. */
  readonly byUsername: boolean;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const maxLength = 512;
const control = /[\u0000-\u001f\u007f]/;

/** The question for Kong; undefined where the token names no consumer that could be found. */
export function consumerQuery(
  identity: Identity,
  { claim, by }: ConsumerMapping,
): ConsumerQuery | undefined {
  const value = claimAt(identity.claims, claim);
  if (typeof value !== 'string' || value === '' || value.length > maxLength) return undefined;
  if (control.test(value)) return undefined;
  const byUsername = by.includes('username');
  return byUsername || uuid.test(value) ? { value, byUsername } : undefined;
}

/**
 * The consumer that was found, if it is the one that was meant: a user who may choose a name could
 * otherwise choose the UUID of somebody else's consumer, which Kong finds by its id.
 */
export function meantConsumer(
  found: Consumer | null,
  query: ConsumerQuery,
  by: readonly ConsumerKey[],
): Consumer | undefined {
  if (found === null) return undefined;
  const same = {
    username: found.username === query.value,
    id: found.id.toLowerCase() === query.value.toLowerCase(),
  };
  return by.some((key) => same[key]) ? found : undefined;
}

/** What Kong's own authentication plugins tell the upstream of a consumer. */
export function consumerHeaders(consumer: Consumer): Record<string, string> {
  const known = {
    'X-Consumer-ID': consumer.id,
    'X-Consumer-Username': consumer.username,
    'X-Consumer-Custom-ID': consumer.customId,
  };
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(known)) {
    if (value !== undefined && value !== '' && !control.test(value)) headers[name] = value;
  }
  return headers;
}

/** 403 without a challenge: another token would not help, and a client would ask for one for ever. */
export function consumerUnknown(): Reply {
  return errorReply(403, 'access_denied', 'no consumer is known here for this token');
}

export function anonymousUnknown(): Reply {
  return errorReply(500, 'server_error', 'the gateway is not configured right; its log says more');
}
