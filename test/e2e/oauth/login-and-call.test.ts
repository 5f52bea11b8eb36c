import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeadlessOAuthProvider } from '../../support/authorization-server/oauth-client.js';
import { startDemoServers } from '../../support/rig/demo-servers.js';
import type { DemoServers } from '../../support/rig/demo-servers.js';
import { scope } from '../../support/rig/issuer.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { runInspector } from '../../support/inspector.js';

describe('a client that knows nothing but the address', () => {
  let demo: DemoServers;
  let mcp: ProtectedEndpoint;

  beforeAll(async () => {
    demo = await startDemoServers();
    mcp = await startProtectedEndpoint({
      oauth: { required_scopes: [scope] },
      aggregate: { servers: demo.servers },
      gateway: { env: demo.env },
    });
    writeFileSync(join(demo.folder, 'hello.txt'), 'hello through the gateway');
  });
  afterAll(async () => {
    await mcp?.stop();
    await demo?.close();
  });

  async function connect(): Promise<Client> {
    const provider = new HeadlessOAuthProvider();
    const client = new Client({ name: 'e2e', version: '1' });
    const first = new StreamableHTTPClientTransport(new URL(mcp.resource), {
      authProvider: provider,
    });
    await expect(client.connect(first)).rejects.toThrow(UnauthorizedError);
    await first.finishAuth(provider.code ?? '');
    mcp.issuer.minted.push(provider.tokens()?.access_token ?? '');
    const second = new StreamableHTTPClientTransport(new URL(mcp.resource), {
      authProvider: provider,
    });
    await client.connect(second);
    return client;
  }

  it('SDK v1: is challenged, logs in, lists all servers and calls a tool of each', async () => {
    const client = await connect();
    const { tools } = await client.listTools();
    const names = tools.map((tool) => tool.name);
    expect(names).toContain('everything__echo');
    expect(names).toContain('files__read_text_file');
    expect(names).toContain('memory__create_entities');
    expect(new Set(names).size).toBe(names.length);
    expect(names.findIndex((name) => name.startsWith('files__'))).toBeGreaterThan(
      names.findLastIndex((name) => name.startsWith('everything__')),
    );

    const echo = await client.callTool({ name: 'everything__echo', arguments: { message: 'hi' } });
    expect(echo.content).toEqual([{ type: 'text', text: 'Echo: hi' }]);
    const path = join(demo.folder, 'hello.txt');
    const file = await client.callTool({ name: 'files__read_text_file', arguments: { path } });
    expect(file.content).toEqual([{ type: 'text', text: 'hello through the gateway' }]);
    const entities = [{ name: 'Kong', entityType: 'gateway', observations: ['proxies'] }];
    await client.callTool({ name: 'memory__create_entities', arguments: { entities } });
    const graph = await client.callTool({ name: 'memory__read_graph', arguments: {} });
    expect(graph.structuredContent).toMatchObject({ entities });
    await client.close();
  });

  it('SDK v1: sees the progress of a long call', async () => {
    const client = await connect();
    const seen: number[] = [];
    const result = await client.callTool(
      {
        name: 'everything__trigger-long-running-operation',
        arguments: { duration: 1, steps: 4 },
      },
      undefined,
      { onprogress: ({ progress }) => seen.push(progress) },
    );
    expect(JSON.stringify(result.content)).toContain('Long running operation completed');
    expect(seen).toEqual([1, 2, 3, 4]);
    await client.close();
  });

  it('Inspector: logs in and lists, and calls a tool of each server', async () => {
    const inspector = await runInspector(mcp.resource);
    const { tools } = (await inspector.run('tools/list')) as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['everything__echo', 'files__list_directory', 'memory__read_graph']),
    );
    const echo = await inspector.call('everything__echo', { message: 'from the Inspector' });
    expect(echo).toMatchObject({ content: [{ text: 'Echo: from the Inspector' }] });
    const files = await inspector.call('files__list_directory', { path: demo.folder });
    expect(JSON.stringify(files)).toContain('hello.txt');
    const graph = await inspector.call('memory__read_graph', {});
    expect(JSON.stringify(graph)).toContain('entities');
    await inspector.close();
  });
});
