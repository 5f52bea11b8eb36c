import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { listenOnLoopback } from '../loopback-server.js';

export interface AskingServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A server as the SDK makes them, whose tools say what they say on the session's own stream, as the
 * SDK for Python has all servers do: `ask` asks for roots, `grow` adds a tool for all sessions.
 */
export async function startAskingServer(): Promise<AskingServer> {
  const tools = ['ask', 'grow'];
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void transports.set(id, transport),
    });
    await sessionWith(tools).connect(transport);
    return transport;
  };
  const http = createServer((request, response) => {
    const known = transports.get(String(request.headers['mcp-session-id']));
    void (known ? Promise.resolve(known) : open()).then((transport) =>
      transport.handleRequest(request, response),
    );
  });
  const listening = await listenOnLoopback(http);
  return {
    url: `http://127.0.0.1:${listening.port}/mcp`,
    close: async () => listening[Symbol.asyncDispose](),
  };
}

function sessionWith(tools: string[]): Server {
  const server = new Server(
    { name: 'asking', version: '1' },
    { capabilities: { tools: { listChanged: true } } },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools.map((name) => ({ name, inputSchema: { type: 'object' as const } })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params: { name } }) => {
    if (name === 'grow') {
      tools.push(`grown-${tools.length}`);
      await server.sendToolListChanged();
      return text('grown');
    }
    // No related request: so it goes to the stream that belongs to no call.
    const refused = await server.listRoots().catch((error: unknown) => error);
    return text(refused instanceof Error ? refused.message : 'answered');
  });
  return server;
}

function text(said: string) {
  return { content: [{ type: 'text' as const, text: said }] };
}
