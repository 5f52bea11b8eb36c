import { randomBytes } from 'node:crypto';
import { CallerTickets } from './caller-tickets.js';

let callers = new CallerTickets([randomBytes(32)]);

/** Takes the sealing keys; before, tickets open within this process alone. */
export function useTicketKeys(secrets: readonly Buffer[]): void {
  callers = new CallerTickets(secrets);
}

/** From mcp-oauth to mcp-aggregate, which may be in another worker. */
export function callerTickets(): CallerTickets {
  return callers;
}
