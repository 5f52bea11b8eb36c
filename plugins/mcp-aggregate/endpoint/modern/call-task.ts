import { McpError } from '../../../../lib/errors/errors.js';
import { findMember } from '../../../../lib/json/members.js';
import { tasksRequired } from '../../../../lib/protocol/tasks.js';
import { readModernRequest } from '../../core/admit/modern-request.js';
import { askedTask } from '../../core/admit/asked-task.js';
import type { InputGiven } from '../../core/calls/call.js';
import type { Target } from '../../core/calls/router.js';
import { restoreTaskAnswers } from '../../core/tasks/task-answers.js';
import { unknownTask } from '../../core/tasks/server-task.js';
import { noteTarget } from '../requests/account.js';
import { goOn } from './go-on.js';
import { begin } from './modern-call.js';
import { ownerOf } from './modern-post.js';
import type { ModernPost } from './modern-post.js';

/**
 * Serves `tasks/get`, `tasks/update` and `tasks/cancel` at the server of the task (ext-tasks).
 * @throws McpError `missing_capability` where the client does not declare the extension,
 *   `method_not_found` where no server has it, `invalid_params` for a task that is not known here
 */
export async function callTask(post: ModernPost): Promise<void> {
  const { exchange, bytes, request } = post;
  const { runtime, ticket } = exchange;
  const { params, method } = request;
  const items = runtime.itemsFor(ticket.caller);
  const said = readModernRequest(bytes, params);
  const target = said.tasks && !ticket.hidden ? targetOf(post) : undefined;
  if (target === undefined) {
    await items.capabilities();
    if (!items.offersTasks) throw new McpError('method_not_found', `Method not found: ${method}`);
    if (!said.tasks) {
      throw new McpError('missing_capability', `${method} needs the extension`, tasksRequired);
    }
    if (params?.taskId !== undefined) throw unknownTask();
    throw new McpError('invalid_params', `${method} needs params.taskId, a string`);
  }
  noteTarget(exchange.account, target);
  const routed = { target, span: params!.taskId!.span };
  const given = params && findMember(params.members, 'inputResponses');
  const input = given && inputOf(target, said.answers);
  await goOn(post, begin(post, { said, routed }, input), said.logLevel);
}

function targetOf({ exchange, parts, request }: ModernPost): Target | undefined {
  const { runtime, ticket } = exchange;
  const open = (id: string) => parts.taskIds.open(ownerOf(exchange), id);
  const asked = { method: request.method, name: request.params?.taskId?.text };
  return askedTask(runtime.itemsFor(ticket.caller).router, open, asked);
}

/** What the client answers to the task's questions; its server knows which those are. */
function inputOf({ server }: Target, answers: InputGiven['answers']): InputGiven {
  const { exposure } = server;
  const restored = restoreTaskAnswers(answers, (uri) => exposure.restoreUri(uri));
  return { answers: restored, state: undefined };
}
