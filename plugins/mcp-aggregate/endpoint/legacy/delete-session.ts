import { McpError } from '../../../../lib/errors/errors.js';
import type { EdgeParts, Exchange } from '../requests/exchange.js';
import { writeEmpty } from '../answer/json-writer.js';
import { openSession } from './open-session.js';

/**
 * Ends the caller's session (requirement H34). Once it is answered no worker sends a call in it.
 * @throws McpError `session_required`, `session_not_found`
 */
export async function serveDelete(parts: EdgeParts, exchange: Exchange): Promise<void> {
  const session = openSession(parts.sessions, exchange.ticket);
  if (session === undefined) {
    throw new McpError('session_required', 'DELETE needs the Mcp-Session-Id of the session to end');
  }
  const { config, caller } = exchange.ticket;
  const { id, expiresAt } = session;
  const ended = { id, expiresAt, endpoint: config.endpoint, principal: caller.principal };
  await parts.ends.end(ended, exchange.runtime.shared);
  writeEmpty(exchange.response, 204);
}
