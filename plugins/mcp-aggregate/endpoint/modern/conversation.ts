import { hash, randomBytes } from 'node:crypto';
import { anonymousIdentity, userKey } from '../../../../lib/identity/identity.js';
import type { ModernClient } from '../../core/admit/modern-request.js';
import type { Ticket } from '../requests/ticket.js';

/** Where a server with sessions keeps what it keeps for a client that has none. */
export interface Conversation {
  readonly name: string;
  /** Whether it ends with its call. */
  readonly ofCall: boolean;
}

const anonymous = userKey(anonymousIdentity);

/**
 * The conversation of a call: one for all calls of a caller that say the same of their client, so that
 * a server need not be introduced to it for each. Callers without an identity are many behind one
 * name: none may be taken for another, and each call has its own.
 */
export function conversationOf(
  { caller, config }: Pick<Ticket, 'caller' | 'config'>,
  { capabilities, logLevel = '' }: ModernClient,
): Conversation {
  if (userKey(caller.identity) === anonymous) {
    return { name: randomBytes(16).toString('base64url'), ofCall: true };
  }
  const parts = [config.endpoint, caller.principal, String(capabilities), logLevel];
  return { name: `caller ${hash('sha256', parts.join('\n'), 'base64url')}`, ofCall: false };
}
