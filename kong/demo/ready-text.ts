import type { ExampleCall } from './example-call.js';

export interface ReadyFacts {
  /** Address of the endpoint. */
  readonly endpoint: string;
  readonly issuer: string;
  /** Of the operations listener on loopback. */
  readonly operationsPort: number | undefined;
  readonly token: string;
  /** What the endpoint lists, by its full name. */
  readonly tools: readonly string[];
  /** Servers that were asked for, and those without tools yet, with what is known of the reason. */
  readonly servers: readonly string[];
  readonly missing: readonly { readonly name: string; readonly why: string | undefined }[];
  readonly example: ExampleCall | undefined;
  readonly folder: string;
  readonly seconds: number;
}

const list = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const stillStarting = 'is still starting: its tools are announced here when they come';
const shownTools = 12;

/** What `npm start` prints once everything is up. Lines to paste stand alone. */
export function readyText(facts: ReadyFacts): string {
  const { endpoint, operationsPort, token, tools, servers, missing, example } = facts;
  const lines = [
    `Ready in ${facts.seconds.toFixed(1)} s: ${count(tools, 'tool')} of ${count(servers, 'server')} (${servers.join(', ')}) behind one endpoint`,
    ...missing.map(
      ({ name, why }) => `  ${name} ${why === undefined ? stillStarting : `is down: ${why}`}`,
    ),
    '',
    `  MCP endpoint          ${endpoint}`,
    `  authorization server  ${facts.issuer}   development only: anyone may sign in as anyone`,
    ...(operationsPort === undefined
      ? []
      : [
          `  console               http://127.0.0.1:${operationsPort}/console   what is there, and how it does`,
          `  playground            http://127.0.0.1:${operationsPort}/console/playground   log in, and call tools`,
          `  operations            http://127.0.0.1:${operationsPort}/status   also /metrics, /ready, /health`,
        ]),
    '',
    `Tools: ${shortList(tools)}`,
    '',
    'List the tools (the token is good for 8 hours):',
    '',
    `curl -sS ${endpoint} -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' -d '${list}' | grep -oE '"name":"[^"]+__[^"]+"'`,
    '',
    ...(example ? ['Call one with the MCP Inspector:', '', inspector(facts, example), ''] : []),
    'Log in from a client of your own (it opens the sign-in page in your browser):',
    '',
    `claude mcp add --transport http kong ${endpoint}`,
    '    then /mcp in Claude Code, and "Authenticate"',
    'npx @modelcontextprotocol/inspector',
    `    then transport "Streamable HTTP", URL ${endpoint}, and "Connect"`,
    '',
    `Logs: ${facts.folder}/logs`,
    'Ctrl-C ends everything.',
    '',
  ];
  return lines.join('\n');
}

function shortList(tools: readonly string[]): string {
  const shown = tools.slice(0, shownTools).join(', ');
  const more = tools.length - shownTools;
  return more > 0 ? `${shown} … and ${more} more` : shown;
}

function count(all: readonly string[], what: string): string {
  return `${all.length} ${what}${all.length === 1 ? '' : 's'}`;
}

function inspector(facts: ReadyFacts, example: NonNullable<ReadyFacts['example']>): string {
  const args = example.args.length > 0 ? ` --tool-arg ${example.args.join(' ')}` : '';
  return (
    `npx @modelcontextprotocol/inspector --cli ${facts.endpoint} --transport http --header 'Authorization: Bearer ${facts.token}'` +
    ` --method tools/call --tool-name ${example.tool}${args}`
  );
}
