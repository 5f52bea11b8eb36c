import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerResponse } from 'node:http';

export interface BenchServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A session-less MCP server that answers from prepared bytes: it costs as little as one can. */
export async function startBenchServer(tools: number): Promise<BenchServer> {
  const list = JSON.stringify({ tools: Array.from({ length: tools }, (_, n) => tool(n)) });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(Buffer.concat(chunks).toString(), list, response));
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function tool(n: number): object {
  return {
    name: `tool_${n}`,
    description: `Adds ${n} to a number and says what came of it.`,
    inputSchema: {
      type: 'object',
      properties: { value: { type: 'number' }, note: { type: 'string' } },
      required: ['value'],
    },
  };
}

function answer(body: string, list: string, response: ServerResponse): void {
  const message = JSON.parse(body) as { id?: string | number; method: string };
  if (message.id === undefined) {
    response.writeHead(202).end();
    return;
  }
  const text = `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${result(message.method, list)}}`;
  response
    .writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    })
    .end(text);
}

function result(method: string, list: string): string {
  if (method === 'tools/list') return list;
  if (method !== 'initialize') return '{"content":[{"type":"text","text":"ok"}]}';
  return JSON.stringify({
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'bench', version: '1' },
  });
}
