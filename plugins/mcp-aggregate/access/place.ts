import { McpError } from '../../../lib/errors/errors.js';
import { singleHeader } from '../../../lib/http/single-header.js';
import type { AggregateConfig } from '../config/config.js';
import { readModernClient } from '../core/admit/modern-request.js';
import { namedIn } from '../core/owners/named-in.js';
import { here } from '../core/owners/place-of.js';
import type { Place } from '../core/owners/place-of.js';
import type { Aggregator } from '../endpoint/aggregator.js';
import { conversationOf } from '../endpoint/modern/conversation.js';
import type { Destination } from '../endpoint/requests/destination.js';
import type { Runtime } from '../io/runtimes/runtime.js';
import type { Admission } from './admit.js';

/**
 * Where a request is served: at the process that keeps what it is about, else here. At once where that
 * is on this node.
 * @param server that it leads to, as far as is known
 * @throws McpError as `Peers.reach`
 */
export function destinationOf(
  admission: Admission,
  config: AggregateConfig,
  aggregator: Aggregator,
  server: string | undefined,
): Destination | Promise<Destination> {
  const place = placeOf(admission, config, aggregator, server);
  if (place.kind !== 'peer') return aggregator.destinationOf(place);
  return aggregator.peers.reach(place.owner, admission.session !== undefined);
}

function placeOf(
  admission: Admission,
  config: AggregateConfig,
  aggregator: Aggregator,
  server: string | undefined,
): Place {
  const { owners, sessions } = aggregator;
  // A session begins where its first request arrives.
  if (owners.alone || admission.asked.method === 'initialize') return here;
  const { facts, caller, bytes, messages } = admission;
  const owner = { endpoint: config.endpoint, principal: caller.principal };
  const session =
    admission.session === undefined ? undefined : sessions.open(owner, admission.session);
  // One that does not open, or has ended here, leads nowhere: another node might not know of its end.
  if (admission.session !== undefined && session === undefined) return here;
  const lastEventId =
    facts.httpMethod === 'GET' ? singleHeader(facts.headers, 'last-event-id') : undefined;
  return owners.placeOf(owner, {
    ...namedIn(bytes, messages),
    eventId: lastEventId,
    session,
    conversation: conversationNamed(admission, config, aggregator, server),
  });
}

/** What the server may keep for a caller without a session; undefined where it keeps nothing. */
function conversationNamed(
  { client, caller, messages, bytes }: Admission,
  config: AggregateConfig,
  aggregator: Aggregator,
  server: string | undefined,
): string | undefined {
  const [message] = messages;
  if (!client.modern || server === undefined || message?.kind !== 'request') return undefined;
  const runtime = aggregator.runtimes.use(config);
  if (!keepsConversations(runtime, server)) return undefined;
  try {
    const said = readModernClient(bytes, message.params);
    const { name, ofCall } = conversationOf({ caller, config }, said);
    return ofCall ? undefined : name;
  } catch (error) {
    // Whoever serves it says what is wrong with it.
    if (error instanceof McpError) return undefined;
    throw error;
  }
}

/** Whether a server has something like a session with each client, as far as is known. */
function keepsConversations({ servers, config }: Runtime, name: string): boolean {
  const { stdioScope } = config.servers.find((server) => server.name === name) ?? {};
  if (stdioScope === 'session') return true;
  const served = servers.find(({ upstream }) => upstream.name === name);
  return served !== undefined && served.upstream.status().eras?.modern !== true;
}
