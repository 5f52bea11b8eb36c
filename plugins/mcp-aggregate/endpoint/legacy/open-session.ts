import { McpError } from '../../../../lib/errors/errors.js';
import type { Session, Sessions } from '../sessions/sessions.js';
import type { Ticket } from '../requests/ticket.js';

/**
 * The session a request names, if it names one.
 * @throws McpError `session_not_found` where it cannot be opened by this caller here, or its version
 *   is served no more
 */
export function openSession(sessions: Sessions, ticket: Ticket): Session | undefined {
  if (ticket.session === undefined) return undefined;
  const owner = { endpoint: ticket.config.endpoint, principal: ticket.caller.principal };
  const session = sessions.open(owner, ticket.session);
  // A version that is served no more: its client starts anew, in one that is.
  if (session !== undefined && ticket.config.versions.includes(session.version)) return session;
  throw new McpError('session_not_found', 'this session is not known here: initialize again');
}
