import { McpError } from '../../../../lib/errors/errors.js';
import type { CallEvent } from '../../core/calls/call.js';
import type { Upstream } from '../../core/calls/upstream-port.js';

const unsaid = 'it cannot be set up; the log of the gateway says why';

/**
 * Stands for a server that cannot be set up, so that its calls are answered.
 * @param reason fit for a client
 */
export function brokenUpstream(name: string, reason = unsaid): Upstream {
  const message = `server ${name} is not available: ${reason}`;
  const data = { server: name, state: 'failing' };
  return {
    name,
    status: () => ({ state: 'failing', lastError: reason, circuit: 'closed', openTools: [] }),
    call: () => failing({ kind: 'local', code: 'upstream_unavailable', message, data }),
    listsPerCaller: false,
    contextOf: ({ authorizationContext }) => authorizationContext,
    list: () => Promise.reject(new McpError('upstream_unavailable', message, data)),
    onListChanged: () => () => undefined,
    onSaid: () => () => undefined,
    onCallerRefused: () => () => undefined,
    rootsChanged: () => undefined,
    endConversation: () => undefined,
    close: () => Promise.resolve(),
  };
}

async function* failing(
  failure: Extract<CallEvent, { type: 'fail' }>['failure'],
): AsyncGenerator<CallEvent> {
  yield await Promise.resolve({ type: 'fail', failure });
}
