import { randomBytes } from 'node:crypto';
import { internalHandles } from '../handles.js';
import type { SealingKeys } from '../sealing-keys.js';
import { CallerTickets } from './caller-tickets.js';
import { InternalTickets } from './internal-tickets.js';

let callers: CallerTickets;
let internal: InternalTickets;
// Until there are keys, tickets open within this process alone.
useTicketKeys({ keys: [randomBytes(32)], from: 'process' });

/** Takes the sealing keys of this process. */
export function useTicketKeys({ keys, from }: SealingKeys): void {
  callers = new CallerTickets(keys);
  internal = new InternalTickets(internalHandles, keys, from === 'configuration');
}

/** From mcp-oauth to mcp-aggregate, which may be in another worker. */
export function callerTickets(): CallerTickets {
  return callers;
}

/** From the aggregator to the routes of its `route` servers. */
export function internalTickets(): InternalTickets {
  return internal;
}
