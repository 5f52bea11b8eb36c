import { McpError } from '../../../../lib/errors/errors.js';
import type { CallEvent } from '../../core/calls/call.js';
import { subscribing } from '../../core/items/item-kinds.js';
import type { Target } from '../../core/calls/router.js';
import type { EdgeParts, Exchange } from '../requests/exchange.js';
import { moveSubscriptions } from '../sessions/move-subscriptions.js';
import type { ChannelOwner } from '../streams/channels.js';
import { methods } from '../../../../lib/protocol/methods.js';

const subscribe = methods.subscribe;

export function isSubscribing(method: string): boolean {
  return method === subscribe || method === methods.unsubscribe;
}

type Events = AsyncIterable<CallEvent>;

/**
 * Keeps account of a session's subscriptions when one of its requests changes them. What it answers
 * wraps the server's answer to the request: a subscription that the server refuses is none.
 * @throws McpError `session_required`, `method_not_found`, `subscription_limit`
 */
export function accountOf(
  parts: EdgeParts,
  exchange: Exchange,
  owner: ChannelOwner | undefined,
  { method, target }: { readonly method: string; readonly target: Target },
): (events: Events) => Events {
  if (owner === undefined) {
    throw new McpError('session_required', `${method} needs a session to be told of changes`);
  }
  checkOffered(target);
  const { subscriptions } = parts;
  const { id } = owner.session;
  const subscriber = subscriptions.of(id);
  if (subscriber) void moveSubscriptions(parts, exchange, subscriber);
  if (method !== subscribe) {
    subscriptions.remove(id, target.name);
    return (events) => events;
  }
  const isNew = subscriptions.add(owner, exchange.runtime, exchange.ticket, target.name);
  const undo = () => subscriptions.remove(id, target.name);
  return isNew ? (events) => withUndo(events, undo) : (events) => events;
}

/** @throws McpError `method_not_found` where the server is known to have no subscriptions */
function checkOffered({ server }: Target): void {
  const { offered } = server.catalogues.resource;
  if (offered?.has(subscribing) ?? true) return;
  const message = `server ${server.name} cannot be subscribed to`;
  throw new McpError('method_not_found', message, { server: server.name });
}

async function* withUndo(
  events: Events,
  undo: () => void,
): AsyncGenerator<CallEvent, void, undefined> {
  let done = false;
  try {
    for await (const event of events) {
      done = event.type === 'done';
      yield event;
    }
  } finally {
    if (!done) undo();
  }
}
