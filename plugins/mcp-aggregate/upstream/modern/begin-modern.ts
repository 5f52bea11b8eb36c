import type { Exchange } from '../conversation/exchange.js';
import type { LineRequest } from '../conversation/link.js';
import type { Peer } from '../conversation/peer.js';
import { interpretModern } from './modern-answer.js';
import { modernParams } from './modern-params.js';

/** Prepares a request to a server without sessions, whose answer is read as such. */
export function beginModern(server: string, peer: Peer, request: LineRequest): Exchange {
  const exchange = peer.begin(request.method, modernParams(request));
  exchange.interpret = (answer) => interpretModern(server, request, answer);
  return exchange;
}
