import { McpError } from '../../../../../lib/errors/errors.js';
import type { CancelSignal } from '../../../../../lib/flow/cancellation.js';
import { subscribeOperations } from '../../../../../lib/policy/operation.js';
import { methods } from '../../../../../lib/protocol/methods.js';
import type { Target } from '../../../core/calls/router.js';
import { subscribing } from '../../../core/items/item-kinds.js';
import { logFault } from '../../answer/fault.js';
import type { Exchange } from '../../requests/exchange.js';

/** Requests of one stream that its servers get at once. */
const atOnce = 8;

export interface Subscribing {
  readonly exchange: Exchange;
  /** Where servers say what has changed. */
  readonly conversation: string;
  readonly signal: CancelSignal;
  /** Told of each resource, by the name that clients see, before its server is asked. */
  readonly onAsked: (name: string) => void;
}

/**
 * Subscribes to resources, each at its server. What the caller may not read, what no server has and
 * what a server refuses is left out.
 * @returns those that are subscribed to, as the client names them
 */
export async function subscribeAll(
  uris: readonly string[],
  options: Subscribing,
): Promise<readonly string[]> {
  const kept = new Set<string>();
  const left = [...uris];
  const work = async () => {
    for (let uri = left.shift(); uri !== undefined; uri = left.shift()) {
      if (await subscribe(uri, options)) kept.add(uri);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, uris.length) }, work));
  return uris.filter((uri) => kept.has(uri));
}

async function subscribe(uri: string, options: Subscribing): Promise<boolean> {
  const { exchange, signal } = options;
  if (signal.aborted) return false;
  try {
    const target = await targetOf(exchange, uri);
    if (target === undefined) return false;
    options.onAsked(target.name);
    const { original, server } = target;
    const events = server.upstream.call({
      method: methods.subscribe,
      params: Buffer.from(JSON.stringify({ uri: original })),
      caller: exchange.ticket.caller,
      modern: true,
      capabilities: undefined,
      conversation: options.conversation,
      logLevel: undefined,
      headers: exchange.headers,
      signal,
    });
    for await (const event of events) if (event.type === 'done') return true;
  } catch (error) {
    if (!(error instanceof McpError)) logFault('subscription_failed', error);
  }
  return false;
}

/** @throws McpError `unknown_resource` */
async function targetOf({ runtime, ticket }: Exchange, uri: string): Promise<Target | undefined> {
  const { access } = ticket.config;
  if (access.policy.rule(subscribeOperations(uri), ticket.subject).kind !== 'allowed') return;
  const target = await runtime.itemsFor(ticket.caller).router.resolveUri('resource', uri);
  const { offered } = target.server.catalogues.resource;
  return offered?.has(subscribing) === false ? undefined : target;
}
