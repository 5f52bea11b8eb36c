/** The cors plugin as docs/clients.md has it. */
export function corsFor(origins: readonly string[]) {
  const headers = ['Authorization', 'Content-Type', 'Accept', 'Last-Event-ID'];
  return {
    name: 'cors',
    config: {
      origins,
      methods: ['GET', 'POST', 'DELETE', 'OPTIONS'],
      headers: [...headers, 'Mcp-Session-Id', 'MCP-Protocol-Version', 'Mcp-Method', 'Mcp-Name'],
      exposed_headers: ['WWW-Authenticate', 'Mcp-Session-Id', 'MCP-Protocol-Version'],
    },
  };
}
