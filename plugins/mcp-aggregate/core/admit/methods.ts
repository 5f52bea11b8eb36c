import { allTaskMethods } from '../../../../lib/protocol/tasks.js';
import { clientMethods, modernMethods } from '../../../../lib/protocol/methods.js';

const ofModern: ReadonlySet<string> = new Set(Object.values(modernMethods));

/** Whether it is a method of the protocol. All others share one bucket of the rate limit. */
export function isKnownMethod(method: string): boolean {
  return clientMethods.has(method) || ofModern.has(method) || allTaskMethods.has(method);
}
