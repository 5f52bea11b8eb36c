import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  McpServer,
  WebStandardStreamableHTTPServerTransport,
  createMcpHandler,
  isLegacyRequest,
} from '@modelcontextprotocol/server';
import { listenOnLoopback } from '../loopback-server.js';
import { registerModernItems } from './modern-items.js';
import type { ModernState } from './modern-items.js';
import type { EraServer } from './session-server.js';

export interface ModernServer extends EraServer {
  /** Headers and body of each POST. */
  readonly arrived: { readonly headers: IncomingMessage['headers']; readonly body: string }[];
}

/** SDK v2's server with the items of this folder: 2026-07-28 and nothing else. */
export function startModernServer(): Promise<ModernServer> {
  return start('modern-era', () => undefined);
}

/** The same, which gives sessions to clients of the earlier revisions. */
export function startDualServer(): Promise<ModernServer> {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  return start('both-eras', (state) => async (request) => {
    const id = request.headers.get('mcp-session-id');
    if (id !== null) return sessions.get(id)?.handleRequest(request) ?? unknown;
    const transport: WebStandardStreamableHTTPServerTransport =
      new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (given) => void sessions.set(given, transport),
      });
    await newServer('both-eras', state, 'legacy').connect(transport);
    return transport.handleRequest(request);
  });
}

const unknown = new Response(null, { status: 404 });

type Handle = (request: Request) => Promise<Response>;

async function start(
  name: string,
  withSessions: (state: ModernState) => Handle | undefined,
): Promise<ModernServer> {
  const state: ModernState = {
    grown: [],
    running: new Set(),
    toolAdded: () => modern.notify.toolsChanged(),
    resourceUpdated: (uri) => modern.notify.resourceUpdated(uri),
  };
  const modern = createMcpHandler(() => newServer(name, state, 'modern'), { legacy: 'reject' });
  const legacy = withSessions(state);
  const handle: Handle = async (request) =>
    legacy && (await isLegacyRequest(request)) ? legacy(request) : modern.fetch(request);
  const arrived: ModernServer['arrived'] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    if (request.method === 'POST') arrived.push({ headers: request.headers, body });
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    await write(response, await handle(webRequest(request, body, gone.signal)));
  };
  const listening = await listenOnLoopback(
    createServer((request, response) => {
      serve(request, response).catch(() => response.destroy());
    }),
  );
  return {
    url: `http://127.0.0.1:${listening.port}/mcp`,
    arrived,
    running: state.running,
    close: async () => {
      await modern.close();
      await listening[Symbol.asyncDispose]();
    },
  };
}

export function newServer(name: string, state: ModernState, era: 'legacy' | 'modern'): McpServer {
  // SDK v2 has no `resources/subscribe` of its own; `subscriptions/listen` it has.
  const resources = era === 'modern' ? { resources: { subscribe: true } } : {};
  const server = new McpServer(
    { name, version: '1' },
    { capabilities: { logging: {}, tools: { listChanged: true }, ...resources } },
  );
  registerModernItems(server, state);
  return server;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function webRequest(request: IncomingMessage, body: string, signal: AbortSignal): Request {
  const headers = new Headers(request.headers as Record<string, string>);
  const method = request.method ?? 'GET';
  const sent = method === 'POST' ? { body } : {};
  return new Request(`http://127.0.0.1${request.url}`, { method, headers, signal, ...sent });
}

async function write(response: ServerResponse, answer: Response): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.flushHeaders();
  for await (const chunk of answer.body ?? []) response.write(chunk);
  response.end();
}
