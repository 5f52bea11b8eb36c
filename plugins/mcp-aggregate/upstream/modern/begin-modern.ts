import { tasksExtension } from '../../../../lib/protocol/tasks.js';
import type { Exchange } from '../conversation/exchange.js';
import type { LineRequest } from '../conversation/link.js';
import type { Peer } from '../conversation/peer.js';
import { interpretModern } from './modern-answer.js';
import { modernParams } from './modern-params.js';

/**
 * Prepares a request to a server without sessions, whose answer is read as such.
 * @param offered what the server has: of tasks only those are told that know them
 */
export function beginModern(
  server: string,
  peer: Pick<Peer, 'begin'>,
  request: LineRequest,
  offered: ReadonlySet<string>,
): Exchange {
  const tasks = request.tasks === true && offered.has(tasksExtension);
  const exchange = peer.begin(request.method, modernParams(request, tasks));
  exchange.interpret = (answer) => interpretModern(server, request, tasks, answer);
  return exchange;
}
