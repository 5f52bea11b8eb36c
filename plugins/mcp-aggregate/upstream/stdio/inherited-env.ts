import type { StdioEntry } from '../../../../lib/mcp-servers/entries.js';
import { userVariables } from './child-user.js';

/** What a child may see of our environment: never our secrets. The list of MCP's own SDK. */
const inherited = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'];
/** Those of a child that runs as another user, who has a home of its own. */
const impersonal = ['PATH', 'TERM'];

/** A child's environment: a few variables of ours, or of its user, then those of its entry. */
export function childEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  { env: given, user }: Pick<StdioEntry, 'env' | 'user'>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of user ? impersonal : inherited) {
    const value = own[name];
    // A value that begins so is a shell function (CVE-2014-6271).
    if (value !== undefined && !value.startsWith('()')) env[name] = value;
  }
  return { ...env, ...(user ? userVariables(user.uid) : {}), ...given };
}
