import { allTaskMethods } from '../../../../lib/protocol/tasks.js';
import { clientMethods } from '../../../../lib/protocol/methods.js';

/** Whether it is a method of the protocol. All others share one bucket of the rate limit. */
export function isKnownMethod(method: string): boolean {
  return clientMethods.has(method) || allTaskMethods.has(method);
}
