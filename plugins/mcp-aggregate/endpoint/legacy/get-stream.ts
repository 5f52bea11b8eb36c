import type { IncomingMessage } from 'node:http';
import { McpError } from '../../../../lib/errors/errors.js';
import { userKey } from '../../../../lib/identity/identity.js';
import { outcomeHeaders } from '../answer/outcome-headers.js';
import type { EdgeParts, Exchange } from '../requests/exchange.js';
import { moveSubscriptions } from '../sessions/move-subscriptions.js';
import { openSession } from './open-session.js';
import { SseWriter } from '../answer/sse-writer.js';
import { endInTime } from '../streams/end-in-time.js';
import type { ChannelOwner } from '../streams/channels.js';

/**
 * Opens a stream for what belongs to no answer, or takes up again the one that an event id names
 * (requirements H35, H37). It ends with the caller's credential, with the configuration it was
 * opened under, and at `max_stream_age`: the client then comes back.
 * @throws McpError `not_acceptable`, `session_required`, `session_not_found`, `overloaded`
 */
export async function serveGet(
  parts: EdgeParts,
  exchange: Exchange,
  request: IncomingMessage,
): Promise<void> {
  if (!exchange.accepts.stream) {
    throw new McpError('not_acceptable', 'GET answers with text/event-stream: accept it');
  }
  const { ticket, runtime, response } = exchange;
  exchange.account.outcome = 'stream';
  const session = openSession(parts.sessions, ticket);
  if (session === undefined) {
    throw new McpError('session_required', 'GET needs the Mcp-Session-Id of a session');
  }
  const { endpoint } = ticket.config;
  const { principal, identity } = ticket.caller;
  const owner: ChannelOwner = { endpoint, principal, user: userKey(identity), session };
  const lastEventId = request.headers['last-event-id'];
  const place =
    typeof lastEventId === 'string' ? parts.channels.find(owner, lastEventId) : undefined;
  const mailbox = () => parts.channels.mailbox(owner, (gone) => parts.announcements.leave(gone));
  const leave = parts.openStreams.enter(ticket.caller);
  let channel;
  try {
    channel = place?.channel ?? mailbox();
  } catch (error) {
    leave();
    throw error;
  }
  const writer = new SseWriter(response, parts.timing.heartbeatMs);
  writer.onClose(leave);
  writer.start(outcomeHeaders(undefined, 'stream'));
  endInTime(exchange, writer, () => writer.close());
  channel.attach(writer, place?.after);
  if (channel !== parts.channels.mailboxOf(session.id)) return;
  parts.guests.welcome(session);
  const moved = parts.announcements.join(runtime, channel, ticket.caller);
  const subscriber = parts.subscriptions.of(session.id);
  if (subscriber) {
    // From here on it is this request's rights that count.
    const isMoved = moveSubscriptions(parts, exchange, subscriber);
    parts.bulletins.catchUp(subscriber);
    await isMoved;
  }
  if (moved || (lastEventId !== undefined && place === undefined)) {
    await parts.announcements.remind(runtime, channel, ticket.caller);
  }
}
