import type { CancelSignal } from '../../../../../lib/flow/cancellation.js';
import { itemOperations } from '../../../../../lib/policy/operation.js';
import { taskMethods, taskNotification } from '../../../../../lib/protocol/tasks.js';
import { askedTask } from '../../../core/admit/asked-task.js';
import { tasksMember } from '../../../core/admit/listen-filter.js';
import { readModernRequest } from '../../../core/admit/modern-request.js';
import type { Target } from '../../../core/calls/router.js';
import { unpackCapabilities } from '../../../core/capabilities/client-capabilities.js';
import { ownerOf } from '../modern-post.js';
import type { ModernPost } from '../modern-post.js';
import type { ListenStream } from './listen-stream.js';
import { watchTasks } from './watch-tasks.js';

/**
 * Tells on a stream how tasks stand, until its client leaves. What the caller has no part in, and what
 * no server tells of, is left out.
 * @param ids as the client knows them
 * @returns those that are told of
 */
export async function listenTasks(
  post: ModernPost,
  ids: readonly string[],
  stream: ListenStream,
  signal: CancelSignal,
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const { exchange, bytes, request } = post;
  const { caller, config } = exchange.ticket;
  const targets = ids.flatMap((id) => targetOf(post, id) ?? []);
  const { capabilities } = readModernRequest(bytes, request.params);
  const watcher = {
    caller,
    capabilities: unpackCapabilities(capabilities),
    signal,
    onNote: (params: Buffer) => stream.tell({ method: taskNotification, params }),
  };
  return watchTasks(targets, watcher, config.listTimeoutMs);
}

/** What of the acknowledgement is about tasks. */
export function acknowledgedTasks(ids: readonly string[]): object {
  return ids.length === 0 ? {} : { [tasksMember]: ids };
}

/** Hearing of a task takes what using its tool takes. */
function targetOf({ exchange, parts }: ModernPost, id: string): Target | undefined {
  const { runtime, ticket } = exchange;
  const { policy } = ticket.config.access;
  const open = (text: string) => parts.taskIds.open(ownerOf(exchange), text);
  const { router } = runtime.itemsFor(ticket.caller);
  const target = askedTask(router, open, { method: taskMethods.get, name: id });
  if (target?.tool === undefined || !policy.hasRules) return target;
  const ruling = policy.rule(itemOperations('tool', target.tool), ticket.subject);
  return ruling.kind === 'allowed' ? target : undefined;
}
