export interface ReadyFacts {
  /** Address of the endpoint. */
  readonly endpoint: string;
  readonly issuer: string;
  readonly token: string;
  /** What the endpoint lists, by its full name. */
  readonly tools: readonly string[];
  /** Servers that were asked for, and those whose tools are missing. */
  readonly servers: readonly string[];
  readonly missing: readonly string[];
  /** Arguments of an example call; the first tool of the list without them. */
  readonly example: { readonly tool: string; readonly args: readonly string[] } | undefined;
  readonly folder: string;
  readonly seconds: number;
}

/** What `npm start` prints once everything is up. Lines to paste stand alone. */
export function readyText(facts: ReadyFacts): string {
  const { endpoint, token, tools, servers, missing, example } = facts;
  const list = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
  const authorization = `Authorization: Bearer ${token}`;
  const lines = [
    `Ready in ${facts.seconds.toFixed(1)} s: ${count(tools, 'tool')} of ${count(servers, 'server')} (${servers.join(', ')}) behind one endpoint`,
    ...missing.map(
      (name) => `  ${name} gives no tools yet: see ${facts.folder}/logs/plugin-server.log`,
    ),
    '',
    `  MCP endpoint          ${endpoint}`,
    `  authorization server  ${facts.issuer}   development only: anyone may sign in as anyone`,
    '',
    'List the tools (the token is good for 8 hours):',
    '',
    `curl -sS ${endpoint} -H '${authorization}' -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' -d '${list}'`,
    '',
    ...(example ? ['Call one with the MCP Inspector:', '', inspector(facts, example), ''] : []),
    'Log in from a client of your own (it opens the sign-in page in your browser):',
    '',
    `claude mcp add --transport http kong ${endpoint}`,
    '    then /mcp in Claude Code, and "Authenticate"',
    'npx mcp-inspector',
    `    then transport "Streamable HTTP", URL ${endpoint}, and "Connect"`,
    '',
    `Logs: ${facts.folder}/logs`,
    'Ctrl-C ends everything.',
    '',
  ];
  return lines.join('\n');
}

function count(all: readonly string[], what: string): string {
  return `${all.length} ${what}${all.length === 1 ? '' : 's'}`;
}

function inspector(facts: ReadyFacts, example: NonNullable<ReadyFacts['example']>): string {
  const args = example.args.length > 0 ? ` --tool-arg ${example.args.join(' ')}` : '';
  return (
    `npx mcp-inspector --cli ${facts.endpoint} --transport http --header 'Authorization: Bearer ${facts.token}'` +
    ` --method tools/call --tool-name ${example.tool}${args}`
  );
}
