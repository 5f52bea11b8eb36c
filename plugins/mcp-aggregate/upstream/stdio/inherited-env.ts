/** What a child may see of our environment: never our secrets. The list of MCP's own SDK. */
const inherited = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'];

/** A child's environment: a few variables of ours, then those of its entry. */
export function childEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  entry: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of inherited) {
    const value = own[name];
    // A value that begins so is a shell function (CVE-2014-6271).
    if (value !== undefined && !value.startsWith('()')) env[name] = value;
  }
  return { ...env, ...entry };
}
