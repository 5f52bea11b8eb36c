import { McpError } from '../../../../lib/errors/errors.js';
import { methods, modernMethods } from '../../../../lib/protocol/methods.js';
import { allTaskMethods } from '../../../../lib/protocol/tasks.js';
import { readRequestId } from '../../../../lib/tracing/trace-context.js';
import { asModernError, modernStatus } from '../../core/eras/modern-errors.js';
import { errorObject, toMcpError, withRequestId } from '../../core/calls/rpc-error.js';
import { modernResult } from '../../core/eras/modern-result.js';
import { takesTasks } from '../../core/admit/modern-request.js';
import { isSearch } from '../../core/discovery/discovery.js';
import { kindOfList } from '../../core/items/item-kinds.js';
import { logFault } from '../answer/fault.js';
import { writeEmpty } from '../answer/json-writer.js';
import { outcomeHeaders } from '../answer/outcome-headers.js';
import { noteFailure } from '../requests/account.js';
import { answerNow } from '../requests/exchange.js';
import type { Exchange } from '../requests/exchange.js';
import { searchTools } from '../requests/search-tools.js';
import { discoveryOf, readAdmitted } from '../requests/ticket.js';
import { callTask } from './call-task.js';
import { discover } from './discover.js';
import { listen } from './listen/listen.js';
import { listItems } from './list-items.js';
import { callServer } from './modern-call.js';
import { answerOk } from './modern-post.js';
import type { ModernParts, ModernPost } from './modern-post.js';

const called: ReadonlySet<string> = new Set([
  methods.callTool,
  methods.getPrompt,
  methods.readResource,
  methods.complete,
]);

/**
 * Serves a POST of the era without sessions (2026-07-28, basic/transports/streamable-http).
 * @throws McpError, before anything is answered
 */
export async function serveModernPost(
  parts: ModernParts,
  exchange: Exchange,
  body: Buffer,
): Promise<void> {
  const { bytes, read, unwrapped } = readAdmitted(exchange.ticket, body);
  if (read.kind !== 'single') throw new McpError('batch_refused', 'this version has no batches');
  const { message } = read;
  if (message.kind !== 'request') return writeEmpty(exchange.response, 202);
  exchange.trace?.begin(bytes, message);
  const id = bytes.subarray(message.id.start, message.id.end);
  const to = { id, batch: false };
  const post = { parts, exchange, bytes, request: message, to, unwrapped };
  try {
    await dispatch(post);
  } catch (thrown) {
    if (!(thrown instanceof McpError)) logFault('request_failed', thrown);
    const known = asModernError(toMcpError(thrown));
    const error = withRequestId(known, readRequestId(exchange.headers));
    noteFailure(exchange.account, error);
    if (exchange.response.headersSent) return void exchange.response.destroy();
    await refuse(post, error);
  }
}

async function dispatch(post: ModernPost): Promise<void> {
  const { method } = post.request;
  if (isSearch(discoveryOf(post.exchange.ticket), post.request)) return search(post);
  if (called.has(method)) return callServer(post);
  const kind = kindOfList.get(method);
  if (kind !== undefined) return listItems(post, kind);
  if (allTaskMethods.has(method)) return callTask(post);
  if (method === modernMethods.discover) return discover(post);
  if (method === modernMethods.listen) return listen(post);
  throw notFound(post);
}

async function search(post: ModernPost): Promise<void> {
  const { exchange, bytes, request } = post;
  const tasks = takesTasks(bytes, request.params);
  const found = await searchTools(exchange, bytes, request, { modern: true, tasks });
  const { serverName } = exchange.ticket.config;
  await answerOk(post, modernResult(found, serverName, undefined));
}

/** Who knows sessions alone is told which versions there are (2026-07-28, basic/versioning). */
function notFound({ request, exchange }: ModernPost): McpError {
  const { method } = request;
  const { versions: supported } = exchange.ticket.config;
  const data = method === 'initialize' ? { supported } : undefined;
  return new McpError('method_not_found', `Method not found: ${method}`, data);
}

async function refuse({ exchange, to }: ModernPost, error: McpError): Promise<void> {
  const { code, message } = error;
  const answer = { member: 'error', value: errorObject(error) } as const;
  const status = modernStatus({ kind: 'local', code, message });
  await answerNow(exchange, to, answer, { status, headers: outcomeHeaders(undefined, code) });
}
