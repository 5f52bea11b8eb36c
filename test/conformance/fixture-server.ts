import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { SentEvents } from './fixture-events.js';
import { registerSuitePrompts } from './fixture-prompts.js';
import { registerSuiteResources } from './fixture-resources.js';
import { registerSuiteTools } from './fixture-tools.js';

export interface FixtureServer {
  readonly url: string;
  /** Tells who has subscribed to a resource that it has changed; answers how many those are. */
  change(uri: string): Promise<number>;
  /** Sends a notification on the own stream of every session, outside of any call. */
  say(method: string, params: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

interface Session {
  readonly transport: StreamableHTTPServerTransport;
  readonly server: McpServer;
  readonly subscribed: Set<string>;
}

type Sessions = Map<string, Session>;

/** An MCP server with the names that the official suite expects: sessions, on a free loopback port. */
export async function startFixtureServer(): Promise<FixtureServer> {
  const sessions: Sessions = new Map();
  const http = createServer((request, response) => {
    serve(sessions, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    change: async (uri) => {
      const told = [...sessions.values()].filter(({ subscribed }) => subscribed.has(uri));
      await Promise.all(told.map(({ server }) => server.server.sendResourceUpdated({ uri })));
      return told.length;
    },
    say: async (method, params) => {
      const message = { jsonrpc: '2.0' as const, method, params };
      await Promise.all([...sessions.values()].map(({ transport }) => transport.send(message)));
    },
    close: async () => {
      await Promise.all([...sessions.values()].map(({ transport }) => transport.close()));
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

async function serve(
  sessions: Sessions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { port } = request.socket.address() as AddressInfo;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(request.headers.host ?? '')) {
    response.writeHead(403).end();
    return;
  }
  const id = request.headers['mcp-session-id'];
  const known = typeof id === 'string' ? sessions.get(id)?.transport : undefined;
  if (typeof id === 'string' && known === undefined) {
    response.writeHead(404).end();
    return;
  }
  const transport = known ?? (await openSession(sessions));
  await transport.handleRequest(request, response);
}

async function openSession(sessions: Sessions): Promise<StreamableHTTPServerTransport> {
  const server = new McpServer(
    { name: 'suite-fixture', version: '1.0.0' },
    { capabilities: { logging: {} } },
  );
  const subscribed = new Set<string>();
  const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: new SentEvents(),
    retryInterval: 50,
    onsessioninitialized: (id) => void sessions.set(id, { transport, server, subscribed }),
    onsessionclosed: (id) => void sessions.delete(id),
  });
  registerSuiteTools(server);
  registerSuitePrompts(server);
  registerSuiteResources(server, subscribed);
  await server.connect(transport);
  return transport;
}
