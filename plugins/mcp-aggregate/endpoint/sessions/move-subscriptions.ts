import { McpError } from '../../../../lib/errors/errors.js';
import { log } from '../../../../lib/log.js';
import { subscribeOperations } from '../../../../lib/policy/operation.js';
import { unpackCapabilities } from '../../core/capabilities/client-capabilities.js';
import { updateOf } from '../../core/uris/updates.js';
import type { EdgeParts, Exchange } from '../requests/exchange.js';
import { logFault } from '../answer/fault.js';
import type { Subscriber } from './subscriptions.js';
import { methods } from '../../../../lib/protocol/methods.js';

/**
 * Makes the subscriptions of a session anew under the configuration that serves it now. What is not
 * to be had there any more ends; of all the client is told that they may have changed.
 */
export async function moveSubscriptions(
  parts: Pick<EdgeParts, 'subscriptions' | 'bulletins' | 'logLevels'>,
  exchange: Pick<Exchange, 'runtime' | 'ticket'>,
  subscriber: Subscriber,
): Promise<void> {
  const { subscriptions, bulletins } = parts;
  const before = subscriber.runtime;
  subscriptions.move(subscriber, exchange.runtime, exchange.ticket);
  if (before === exchange.runtime) return;
  const { id } = subscriber.owner.session;
  before.endConversation(id);
  for (const uri of [...subscriber.uris.keys()]) {
    const kept = await subscribeAnew(parts, exchange, subscriber, uri);
    bulletins.tell(subscriber, updateOf(uri));
    if (kept) continue;
    log('warn', 'subscription_not_moved', { endpoint: subscriber.owner.endpoint });
    subscriptions.remove(id, uri);
  }
}

async function subscribeAnew(
  { logLevels }: Pick<EdgeParts, 'logLevels'>,
  { runtime, ticket }: Pick<Exchange, 'runtime' | 'ticket'>,
  { owner }: Subscriber,
  uri: string,
): Promise<boolean> {
  const { access } = ticket.config;
  const ruling = access.policy.rule(subscribeOperations(uri), ticket.subject);
  if (ruling.kind !== 'allowed') return false;
  try {
    const { router } = runtime.itemsFor(ticket.caller);
    const target = await router.resolveUri('resource', uri);
    const events = target.server.upstream.call({
      method: methods.subscribe,
      params: Buffer.from(JSON.stringify({ uri: target.original })),
      caller: ticket.caller,
      capabilities: unpackCapabilities(owner.session.capabilities),
      conversation: owner.session.id,
      logLevel: logLevels.of(owner.session),
      signal: new AbortController().signal,
    });
    for await (const event of events) if (event.type === 'done') return true;
  } catch (error) {
    if (!(error instanceof McpError)) logFault('subscription_not_moved', error);
  }
  return false;
}
