/** What Kong's logs are to carry of an answer (design §4). */
export function outcomeHeaders(
  server: string | undefined,
  outcome: string,
): Readonly<Record<string, string>> {
  if (server === undefined) return { 'x-mcp-outcome': outcome };
  return { 'x-mcp-server': server, 'x-mcp-outcome': outcome };
}
