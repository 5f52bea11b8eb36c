import type { McpError } from '../../../lib/errors/errors.js';
import type { KongPort } from '../../../lib/kong/kong-port.js';
import { visible } from '../../../lib/visible.js';
import { logValues } from '../core/admit/annotate.js';
import { allowOf } from '../core/admit/http-method.js';
import { ScopeNeededError } from '../core/policy/policy.js';
import { errorBody } from '../core/calls/rpc-error.js';
import type { Admission } from './admit.js';

/** Ends the request with its error. */
export async function refuse(
  kong: KongPort,
  error: McpError,
  admission: Admission | undefined,
): Promise<void> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-mcp-outcome': error.code,
  };
  if (error.code === 'misconfigured')
    await kong.log.err(visible(`mcp-aggregate: ${error.message}`));
  if (error.code === 'method_not_allowed') headers['allow'] = allowOf(error);
  if (error instanceof ScopeNeededError && error.challenge !== undefined) {
    headers['www-authenticate'] = error.challenge;
  }
  await Promise.all([
    ...(admission === undefined ? [] : [logRefused(kong, admission)]),
    kong.response.exit(error.status, errorBody(error), headers),
  ]);
}

/** A request that was understood is named in Kong's logs, also where it goes no further. */
function logRefused(kong: KongPort, { asked, caller, session, client }: Admission): Promise<void> {
  const known = { server: undefined, subject: caller.identity.subject, session, client };
  return kong.log.setSerializeValue('mcp', logValues(asked, known));
}
