import { McpError } from '../../../../lib/errors/errors.js';
import { log } from '../../../../lib/log.js';
import type { Fail } from '../../core/calls/call.js';
import type { UpstreamState } from '../../core/calls/upstream-port.js';

type Details = Readonly<Record<string, unknown>>;

/** The server cannot be reached or used; `why` continues the sentence "server NAME …". */
export function unavailable(
  server: string,
  why: string,
  state: UpstreamState = 'failing',
  more: Details = {},
): McpError {
  return new McpError('upstream_unavailable', `server ${server} ${why}`, {
    server,
    state,
    ...more,
  });
}

/** Says which fields an operator raises where a server honestly needs longer. */
export function timedOut(server: string, deadlineMs: number): McpError {
  const fields = `see timeout in servers[${server}], and of single tools in its tools.overrides`;
  return new McpError(
    'upstream_timeout',
    `server ${server} did not answer within ${deadlineMs} ms: ${fields}`,
    { server, deadline_ms: deadlineMs },
  );
}

/** The server broke the protocol; `why` continues the sentence "server NAME …". */
export function protocolBroken(server: string, why: string, more: Details = {}): McpError {
  return new McpError('upstream_protocol', `server ${server} ${why}`, { server, ...more });
}

export function tooLarge(server: string, what: string, limit: number): McpError {
  return new McpError('upstream_too_large', `server ${server} sent ${what}`, { server, limit });
}

/** Reading something of the server took more time or memory than any honest message needs. */
export function tooCostly(server: string, what: string): McpError {
  return new McpError(
    'upstream_too_large',
    `server ${server} sent ${what} that takes too long to read`,
    {
      server,
    },
  );
}

export function cancelled(server: string): McpError {
  return new McpError('cancelled', `the call to server ${server} was cancelled`, { server });
}

/** The last event of a call that ended in `error`. A fault of our own is logged and not told. */
export function failEvent(server: string, error: unknown): Fail {
  if (error instanceof McpError) {
    const { code, message, data } = error;
    return { type: 'fail', failure: { kind: 'local', code, message, ...(data ? { data } : {}) } };
  }
  // The message is left out: it may quote what a client or a server sent.
  const fault = error instanceof Error ? error : new Error('not an Error');
  const frames = (fault.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  log('error', 'upstream_fault', { server, name: fault.name, stack: frames.slice(0, 5) });
  const message = 'a fault of this gateway; see its log';
  return { type: 'fail', failure: { kind: 'local', code: 'internal', message, data: { server } } };
}
