import { allOf } from '../../../lib/flow/eventual.js';
import type { Eventual } from '../../../lib/flow/eventual.js';
import { Deeds } from '../../../lib/fewer-calls/deeds.js';
import { callerHandleKey } from '../../../lib/handles/handles.js';
import type { KongPort } from '../../../lib/kong/kong-port.js';
import type { Passage } from '../core/identity/passage.js';

/** Where Kong's acl looks for groups that an authentication plugin has found. */
const groupsKey = 'authenticated_groups';

/** Does what follows from an admitted request, by a call for each part. */
export function apply(kong: KongPort, passage: Passage): Eventual<void> {
  const { clear, set, authentication, groups } = passage;
  const { request } = kong.service;
  const calls = clear.map((name) => request.clearHeader(name));
  if (Object.keys(set).length > 0) calls.push(request.setHeaders(set));
  if (groups !== undefined) calls.push(kong.ctx.shared.set(groupsKey, groups));
  if (authentication !== undefined) calls.push(kong.client.authenticate(authentication));
  return allOf(calls);
}

/**
 * The same, and leaves mcp-aggregate its handle, in one call: only lists and consumers take calls of
 * their own.
 * @param word of the answer that Kong's function gave about this request
 */
export function tell(
  kong: KongPort,
  word: string,
  { clear, set, authentication, groups }: Passage,
  handle: string,
): Eventual<void> {
  const deeds = new Deeds(word);
  for (const name of clear) deeds.clear(name);
  deeds.set(set);
  const { consumer, credential } = authentication ?? {};
  if (consumer === undefined && credential !== undefined) {
    deeds.authenticate(credential.id, credential.consumerId);
  }
  deeds.share(callerHandleKey, handle);
  return allOf([
    kong.ctx.shared.tell(deeds.text()),
    groups === undefined ? undefined : kong.ctx.shared.set(groupsKey, groups),
    consumer === undefined ? undefined : kong.client.authenticate(authentication!),
  ]);
}
