import { McpError } from '../../../../lib/errors.js';
import { decodeString, findMember } from '../../../../lib/json/members.js';
import { staleCursor } from '../../core/lists/item-list.js';
import { discoverResult, modernResult } from '../../core/calls/modern-result.js';
import { errorObject, toMcpError } from '../../core/calls/rpc-error.js';
import { outcomeHeaders } from '../answer/answer-call.js';
import { answerNow } from '../requests/exchange.js';
import type { Exchange } from '../requests/exchange.js';
import { logFault } from '../answer/fault.js';
import { writeEmpty } from '../answer/json-writer.js';
import { readAdmitted } from '../requests/ticket.js';
import { callTask } from './call-task.js';
import { callServer } from './modern-call.js';
import { taskMethods, tasksExtension } from '../../../../lib/protocol/tasks.js';
import { takesTasks } from '../../core/admit/modern-request.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { ModernParts, ModernPost } from './modern-post.js';

/**
 * Serves a POST of the era without sessions, as far as the era bridge goes: `server/discover`,
 * `tools/list`, and `tools/call` with the questions of its server.
 * @throws McpError, before anything is answered
 */
export async function serveModernPost(
  parts: ModernParts,
  exchange: Exchange,
  bytes: Buffer,
): Promise<void> {
  const read = readAdmitted(exchange.ticket, bytes);
  if (read.kind !== 'single') throw new McpError('batch_refused', 'this version has no batches');
  const { message } = read;
  if (message.kind !== 'request') return writeEmpty(exchange.response, 202);
  const id = bytes.subarray(message.id.start, message.id.end);
  const post = { parts, exchange, bytes, request: message, to: { id, batch: false } };
  try {
    await dispatch(post);
  } catch (thrown) {
    if (!(thrown instanceof McpError)) logFault('request_failed', thrown);
    if (exchange.response.headersSent) return void exchange.response.destroy();
    await refuse(post, toMcpError(thrown));
  }
}

async function dispatch(post: ModernPost): Promise<void> {
  const { exchange, request } = post;
  const { config, caller } = exchange.ticket;
  switch (request.method) {
    case 'server/discover': {
      const items = exchange.runtime.itemsFor(caller);
      const offered = await items.capabilities();
      // Of what servers offer, this is what the bridge carries so far.
      const tools = 'tools' in offered ? { tools: {} } : {};
      const extensions = items.offersTasks ? { extensions: { [tasksExtension]: {} } } : {};
      return answer(post, discoverResult(config, { ...tools, ...extensions }));
    }
    case methods.listTools:
      return listTools(post);
    case methods.callTool:
      return callServer(post);
    case taskMethods.get:
    case taskMethods.update:
    case taskMethods.cancel:
      return callTask(post);
    default:
      throw new McpError('method_not_found', `Method not found: ${request.method}`);
  }
}

async function listTools(post: ModernPost): Promise<void> {
  const { parts, exchange, bytes, request } = post;
  const { runtime, ticket } = exchange;
  const { endpoint, serverName } = ticket.config;
  const owner = { endpoint, principal: ticket.caller.principal };
  const cursor = request.params && findMember(request.params.members, 'cursor');
  if (cursor !== undefined && cursor.kind !== 'string') throw staleCursor();
  const value = await runtime.itemsFor(ticket.caller).lists.tool.page({
    from: cursor && parts.cursors.open(owner, 'tool', decodeString(bytes, cursor.value)),
    cursorOf: (position) => parts.cursors.seal(owner, 'tool', position),
    subject: ticket.subject,
    modern: true,
    tasks: takesTasks(bytes, request.params),
  });
  await answer(post, modernResult(value, serverName, true));
}

async function answer({ exchange, to }: ModernPost, value: Buffer): Promise<void> {
  const headers = outcomeHeaders(undefined, 'ok');
  await answerNow(exchange, to, { member: 'result', value }, { headers });
}

async function refuse({ exchange, to }: ModernPost, error: McpError): Promise<void> {
  // Requirement H8: here an unknown method is a missing page as well.
  const status = error.code === 'method_not_found' ? 404 : error.status;
  const headers = outcomeHeaders(undefined, error.code);
  await answerNow(
    exchange,
    to,
    { member: 'error', value: errorObject(error) },
    { status, headers },
  );
}
