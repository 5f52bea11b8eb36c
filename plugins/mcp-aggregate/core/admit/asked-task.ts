import { allTaskMethods } from '../../../../lib/protocol/tasks.js';
import type { Router, Target } from '../calls/router.js';
import type { ServerTask } from '../tasks/server-task.js';
import type { Asked } from './admit.js';

/**
 * The task that a request is about; undefined where it is about none, or none that is known here.
 * @param open reads the id that the caller was given
 */
export function askedTask(
  router: Router,
  open: (id: string) => ServerTask | undefined,
  { method, name }: Asked,
): Target | undefined {
  if (name === undefined || !allTaskMethods.has(method)) return undefined;
  const task = open(name);
  return task && router.taskTarget(name, task);
}
