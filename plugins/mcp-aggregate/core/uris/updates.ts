import { decodeString } from '../../../../lib/json/members.js';
import { namedMembers } from '../../../../lib/json/named-members.js';
import { encodeString, splice } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { itemOperations } from '../../../../lib/policy/operation.js';
import type { Subject } from '../../../../lib/policy/policy.js';
import { AskedUri } from '../../../../lib/policy/uri/asked-uri.js';
import { fold } from '../../../../lib/policy/uri/fold.js';
import type { Exposure } from '../items/exposure.js';
import type { AccessRules } from '../policy/policy.js';
import { methods } from '../../../../lib/protocol/methods.js';

export const updatedMethod = methods.resourceUpdated;

/** Who would hear of a resource: its rights are those of its latest request. */
export interface Hearer {
  readonly config: { readonly access: AccessRules };
  readonly subject: Subject;
}

/** That a resource has changed, as a client is told. */
export interface Update {
  /** The URI that clients see. */
  readonly uri: string;
  readonly params: RawJson;
}

/**
 * The params of a server's `notifications/resources/updated` as one client hears them; undefined
 * where it may not read the resource, or where it is not clear which one is meant.
 */
export function updateFor(
  params: RawJson | undefined,
  exposure: Pick<Exposure, 'shows' | 'nameOf'>,
  hearer: Hearer,
): Update | undefined {
  if (params?.[0] !== 0x7b) return undefined;
  const [member, ...others] = namedMembers(params, { start: 0, end: params.length }, 'uri');
  if (member?.kind !== 'string' || others.length > 0) return undefined;
  const original = decodeString(params, member.value);
  const named = exposure.nameOf('resource', original);
  if (!('name' in named) || !exposure.shows('resource', original)) return undefined;
  const uri = named.name;
  if (!mayHearOf(uri, hearer)) return undefined;
  return { uri, params: splice(params, [{ span: member.value, replacement: encodeString(uri) }]) };
}

/** @param uri as clients see it */
export function mayHearOf(uri: string, { config, subject }: Hearer): boolean {
  const { policy } = config.access;
  return (
    !policy.hasRules || policy.rule(itemOperations('resource', uri), subject).kind === 'allowed'
  );
}

/** What says of itself that the resource has changed. */
export function updateOf(uri: string): Update {
  return { uri, params: Buffer.from(JSON.stringify({ uri })) };
}

/** One spelling of a URI, by which subscriptions and changes are compared. */
export function aboutOf(uri: string): string {
  const { reading } = new AskedUri(uri);
  return 'unclear' in reading ? fold(uri) : reading.loose[0]!;
}

/**
 * Whether a subscription is about this resource: the one it names, however that is spelled, or one
 * below it, since servers may say which part of a resource has changed. Both as `aboutOf` has them.
 */
export function isAbout(subscribed: string, updated: string): boolean {
  if (!updated.startsWith(subscribed)) return false;
  const isWhole = updated.length === subscribed.length || subscribed.endsWith('/');
  return isWhole || '/?#'.includes(updated[subscribed.length]!);
}
