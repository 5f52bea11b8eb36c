import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  McpServer,
  acceptedContent,
  createMcpHandler,
  inputRequired,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

export interface ModernFixture {
  readonly url: string;
  /** Headers and body of each POST. */
  readonly arrived: { readonly headers: IncomingMessage['headers']; readonly body: string }[];
  close(): Promise<void>;
}

const details = {
  type: 'object' as const,
  properties: { seat: { type: 'string' as const } },
  required: ['seat'],
};

/** SDK v2's server, which speaks 2026-07-28 alone here; its one tool asks for a seat. */
export async function startModernFixture(): Promise<ModernFixture> {
  const handler = createMcpHandler(bookingServer, { legacy: 'reject' });
  const arrived: ModernFixture['arrived'] = [];
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    if (request.method === 'POST') arrived.push({ headers: request.headers, body });
    const headers = new Headers(request.headers as Record<string, string>);
    const method = request.method ?? 'GET';
    const init = method === 'POST' ? { method, headers, body } : { method, headers };
    const answer = await handler.fetch(new Request(`http://127.0.0.1${request.url}`, init));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    arrived,
    async close() {
      await handler.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function bookingServer(): McpServer {
  const server = new McpServer({ name: 'booking', version: '1' });
  const inputSchema = z.object({ flight: z.string() });
  server.registerTool('book', { description: 'Books a flight', inputSchema }, ({ flight }, ctx) => {
    const answered = acceptedContent<{ seat: string }>(ctx.mcpReq.inputResponses, 'seat');
    if (answered === undefined) {
      const message = `Which seat on ${flight}?`;
      const seat = inputRequired.elicit({ message, requestedSchema: details });
      return inputRequired({ inputRequests: { seat }, requestState: 'one of the server' });
    }
    return { content: [{ type: 'text', text: `booked ${flight}, seat ${answered.seat}` }] };
  });
  return server;
}
