import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { listenOnLoopback } from '../loopback-server.js';
import { registerSessionItems } from './session-items.js';

export interface EraServer {
  readonly url: string;
  /** A signal for each call of `wait`: aborted once the server knows that nobody wants it. */
  readonly running: ReadonlySet<AbortSignal>;
  close(): Promise<void>;
}

/** What the sessions of one server have in common. */
export interface Shared {
  /** Names of tools that `grow` has added. */
  readonly grown: string[];
  readonly sessions: Set<Session>;
  readonly running: Set<AbortSignal>;
}

export interface Session {
  readonly server: McpServer;
  readonly subscribed: Set<string>;
}

/** SDK v1's server with the items of this folder: revisions with sessions, no other. */
export async function startSessionServer(): Promise<EraServer> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const shared: Shared = { grown: [], sessions: new Set(), running: new Set() };
  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const session = { server: newServer(), subscribed: new Set<string>() };
    registerSessionItems(session, shared);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        transports.set(id, transport);
        shared.sessions.add(session);
      },
      onsessionclosed: (id) => {
        transports.delete(id);
        shared.sessions.delete(session);
      },
    });
    await session.server.connect(transport);
    return transport;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const id = request.headers['mcp-session-id'];
    const known = id === undefined ? await open() : transports.get(String(id));
    if (known === undefined) response.writeHead(404).end();
    else await known.handleRequest(request, response);
  };
  const listening = await listenOnLoopback(
    createServer((request, response) => {
      serve(request, response).catch(() => response.destroy());
    }),
  );
  return {
    url: `http://127.0.0.1:${listening.port}/mcp`,
    running: shared.running,
    close: async () => listening[Symbol.asyncDispose](),
  };
}

function newServer(): McpServer {
  return new McpServer(
    { name: 'session-era', version: '1' },
    { capabilities: { logging: {}, tools: { listChanged: true } } },
  );
}
