/** A member of an entry that nothing here uses, and what to do about it. */
export interface Unused {
  readonly member: string;
  readonly advice: string;
}

const approvals = 'the client approves calls, not the gateway';
const login = 'the gateway logs in to servers by `auth` of mcp-aggregate';
const user = "only in the operator's file of the plugin server, not in a client's document";
const display = 'only for display in a client';

const known: ReadonlyMap<string, string> = new Map([
  ['alwaysAllow', approvals],
  ['autoApprove', approvals],
  ['trust', approvals],
  ['default_tools_approval_mode', approvals],
  ['oauth', login],
  ['auth', login],
  ['authProviderType', login],
  ['headersHelper', login],
  ['envFile', 'put its variables into `env`, or into the environment of the plugin server'],
  ['startup_timeout_sec', 'a server may take as long as its calls may'],
  ['startup_timeout_ms', 'a server may take as long as its calls may'],
  ['uid', user],
  ['gid', user],
  ['description', display],
  ['name', display],
  ['icon', display],
  ['gallery', display],
  ['dev', 'only for developing the server in an editor'],
]);

/** @param member its name in the document */
export function unused(member: string): Unused {
  return { member, advice: known.get(member) ?? 'not known here' };
}
