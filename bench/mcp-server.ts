import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerResponse } from 'node:http';

export interface BenchServer {
  readonly url: string;
  close(): Promise<void>;
}

/** In which era a server answers; each refuses requests of the other. */
export type ServerEra = 'legacy' | 'modern';

const modernResult = { resultType: 'complete', ttlMs: 0, cacheScope: 'public' };

/** A session-less MCP server that answers from prepared bytes: it costs as little as one can. */
export async function startBenchServer(
  tools: number,
  era: ServerEra = 'legacy',
): Promise<BenchServer> {
  const more = era === 'modern' ? modernResult : {};
  const items = Array.from({ length: tools }, (_, n) => tool(n));
  const list = JSON.stringify({ ...more, tools: items });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(Buffer.concat(chunks).toString(), list, era, response));
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

function answer(body: string, list: string, era: ServerEra, response: ServerResponse): void {
  const message = JSON.parse(body) as { id?: string | number; method: string };
  if (message.id === undefined) {
    response.writeHead(202).end();
    return;
  }
  const said = era === 'modern' ? modernAnswer(message.method, list) : result(message.method, list);
  const outcome = said === undefined ? noMethod : `"result":${said}`;
  const text = `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},${outcome}}`;
  response
    .writeHead(said === undefined ? 404 : 200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    })
    .end(text);
}

const noMethod = '"error":{"code":-32601,"message":"Method not found"}';

function modernAnswer(method: string, list: string): string | undefined {
  if (method === 'tools/list') return list;
  if (method === 'tools/call') {
    return '{"resultType":"complete","content":[{"type":"text","text":"ok"}]}';
  }
  if (method !== 'server/discover') return undefined;
  const capabilities = { tools: {} };
  return JSON.stringify({ ...modernResult, supportedVersions: ['2026-07-28'], capabilities });
}

function result(method: string, list: string): string | undefined {
  if (method === 'tools/list') return list;
  if (method === 'server/discover') return undefined;
  if (method !== 'initialize') return '{"content":[{"type":"text","text":"ok"}]}';
  return JSON.stringify({
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'bench', version: '1' },
  });
}
