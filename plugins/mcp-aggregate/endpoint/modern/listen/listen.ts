import { randomBytes } from 'node:crypto';
import { McpError } from '../../../../../lib/errors/errors.js';
import { Cancellation } from '../../../../../lib/flow/cancellation.js';
import { changeMembers, readListenFilter, urisMember } from '../../../core/admit/listen-filter.js';
import type { ListenFilter } from '../../../core/admit/listen-filter.js';
import { outcomeHeaders } from '../../answer/outcome-headers.js';
import { SseWriter } from '../../answer/sse-writer.js';
import { endInTime } from '../../streams/end-in-time.js';
import type { ModernPost } from '../modern-post.js';
import { takesTasks } from '../../../core/admit/modern-request.js';
import { tasksRequired } from '../../../../../lib/protocol/tasks.js';
import { acknowledgedTasks, listenTasks } from './listen-tasks.js';
import { Heard } from './heard.js';
import { ListenStream } from './listen-stream.js';
import { subscribeAll } from './subscribe-all.js';

/**
 * Serves `subscriptions/listen`: a stream of what changes at any server. It ends with the caller's
 * credential, with the configuration it was opened under, at `max_stream_age` and with the gateway.
 * @throws McpError `missing_capability` for tasks of a client that takes none, `invalid_params`, `subscription_limit`, `overloaded`; `not_acceptable` where the
 *   client takes no stream
 */
export async function listen(post: ModernPost): Promise<void> {
  const { exchange, parts, bytes, request, to } = post;
  const { ticket, runtime, response, account } = exchange;
  if (!exchange.accepts.stream) {
    throw new McpError('not_acceptable', 'this is answered with text/event-stream: accept it');
  }
  const filter = readListenFilter(bytes, request.params);
  if (filter.tasks.length > 0 && !takesTasks(bytes, request.params)) {
    throw new McpError('missing_capability', 'taskIds need the extension', tasksRequired);
  }
  const leave = enter(post, filter);
  account.outcome = 'stream';
  const writer = new SseWriter(response, parts.timing.heartbeatMs);
  const stream = new ListenStream(writer, to.id);
  const left = new Cancellation();
  writer.onClose(() => {
    left.abort();
    leave();
  });
  writer.start(outcomeHeaders(undefined, 'stream'));
  const end = () => stream.end(ticket.config.serverName);
  writer.onClose(parts.listens.add(end));
  endInTime(exchange, writer, end);
  const changes = honoured(post, filter);
  const heard = new Heard(stream, exchange, changes);
  if (changes.length > 0) {
    parts.announcements.join(runtime, heard, ticket.caller);
    writer.onClose(() => void parts.announcements.leave(heard));
  }
  const [uris, tasks] = await Promise.all([
    subscribed(post, filter, heard, left),
    listenTasks(post, filter.tasks, stream, left),
  ]);
  stream.acknowledge({ ...acknowledgement(filter, changes, uris), ...acknowledgedTasks(tasks) });
}

/** Takes its places, all or none; answers what gives them back. */
function enter({ exchange, parts }: ModernPost, { uris, tasks }: ListenFilter): () => void {
  const { ticket } = exchange;
  const leave = parts.openStreams.enter(ticket.caller);
  try {
    const give = parts.subscriptions.reserve(ticket.caller, uris.length + tasks.length);
    return () => {
      leave();
      give();
    };
  } catch (error) {
    leave();
    throw error;
  }
}

/** What no server has is not told of. */
function honoured({ exchange }: ModernPost, { changes }: ListenFilter): readonly string[] {
  const known = exchange.runtime.listChangesFor(exchange.ticket.caller);
  return changes.filter((method) => known.includes(method));
}

/** Subscribes at the servers, which tell this very stream; what takes too long is left out. */
async function subscribed(
  { exchange, parts }: ModernPost,
  { uris }: ListenFilter,
  heard: Heard,
  left: Cancellation,
): Promise<readonly string[]> {
  if (uris.length === 0) return [];
  const { runtime, ticket } = exchange;
  const conversation = `listen ${randomBytes(16).toString('base64url')}`;
  const silence = parts.bulletins.hear(conversation, heard.said.bind(heard));
  left.addEventListener('abort', () => {
    silence();
    runtime.endConversation(conversation);
  });
  const patience = new Cancellation();
  const giveUp = () => patience.abort();
  left.addEventListener('abort', giveUp);
  const timer = setTimeout(giveUp, ticket.config.listTimeoutMs).unref();
  try {
    const onAsked = (name: string) => heard.addResource(name);
    return await subscribeAll(uris, { exchange, conversation, signal: patience, onAsked });
  } finally {
    clearTimeout(timer);
    left.removeEventListener('abort', giveUp);
  }
}

function acknowledgement(
  filter: ListenFilter,
  changes: readonly string[],
  uris: readonly string[],
): object {
  const members = [...changeMembers].filter(([, method]) => changes.includes(method));
  return {
    ...Object.fromEntries(members.map(([key]) => [key, true])),
    ...(filter.uris.length > 0 ? { [urisMember]: uris } : {}),
  };
}
