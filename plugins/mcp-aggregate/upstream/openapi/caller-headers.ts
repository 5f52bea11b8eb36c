import { encodeMirrored } from '../../../../lib/http/mirrored-value.js';
import { userKey } from '../../../../lib/identity/identity.js';
import type { ServerConfig } from '../../config/config.js';
import { limitKey } from '../../core/admit/annotate.js';
import type { Call } from '../../core/calls/call.js';

type Headers = Readonly<Record<string, string>>;

/**
 * With the headers that say who calls, for an API behind a route of its own. Of another route whoever
 * could call it could say the same.
 */
export function withCaller(
  { openapi, route }: Pick<ServerConfig, 'openapi' | 'route'>,
  call: Call,
  headers: Headers | undefined,
): Headers | undefined {
  if (openapi === undefined || route?.internal !== true) return headers;
  return { ...headers, ...callerHeaders(call) };
}

/**
 * Who calls, for an API whose route lets in this gateway alone, and for the plugins there. Text that
 * no header can carry as it is comes in the form of `Mcp-Name`. Of an anonymous caller only the key to
 * count by.
 */
function callerHeaders({ caller, method, tool }: Call): Record<string, string> {
  const { issuer, subject, clientId } = caller.identity;
  const asked = { method, name: tool };
  const key = limitKey(userKey(caller.identity), asked, tool);
  const headers: Record<string, string> = { 'x-mcp-limit-key': key };
  if (issuer !== '') headers['x-mcp-issuer'] = encodeMirrored(issuer);
  if (subject !== '') headers['x-mcp-subject'] = encodeMirrored(subject);
  if (clientId !== '') headers['x-mcp-client-id'] = encodeMirrored(clientId);
  return headers;
}
