import type { McpError } from '../../../../lib/errors/errors.js';
import type { Target } from '../../core/calls/router.js';

/** What a request turns out to be about, for its figures; empty where it is about none. */
export interface Account {
  server: string;
  /** A name that the server lists. */
  tool: string;
  /** Likewise. */
  prompt: string;
  /** How it ended, as `X-Mcp-Outcome` says it. */
  outcome: string;
}

/** A tool that has been found at a server is one that the server lists. */
export function noteTarget(account: Account, { kind, server, name }: Target): void {
  account.server = server.name;
  if (kind === 'tool') account.tool = name;
  else if (kind === 'prompt') account.prompt = name;
}

/** A request that was refused on the way may still have been for a server. */
export function noteFailure(account: Account, { code, data }: McpError): void {
  account.outcome = code;
  if (account.server === '' && typeof data?.['server'] === 'string')
    account.server = data['server'];
}
