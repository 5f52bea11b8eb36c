import {
  Client as NextClient,
  StreamableHTTPClientTransport as NextTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeadlessOAuthProvider } from '../../support/authorization-server/oauth-client.js';
import { scope } from '../../support/rig/issuer.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';

/** Without a refresh token: with one, SDK v1 refreshes, which never gains a scope. */
class OneTimeProvider extends HeadlessOAuthProvider {
  override get clientMetadata() {
    return { ...super.clientMetadata, grant_types: ['authorization_code'] };
  }
}

describe('a client that logs in with too few scopes', () => {
  let everything: Awaited<ReturnType<typeof startServerEverything>>;
  let mcp: ProtectedEndpoint;

  beforeAll(async () => {
    everything = await startServerEverything();
    mcp = await startProtectedEndpoint({
      issuer: { scopes: [scope, 'mcp:echo', 'mcp:audit', 'mcp:unused'] },
      oauth: { required_scopes: [scope] },
      aggregate: {
        servers: [{ name: 'demo', url: everything.url }],
        scope_rules: [
          { names: ['demo__echo'], scopes: ['mcp:echo'] },
          { methods: ['tools/call'], names: ['*__echo'], scopes: ['mcp:audit'] },
        ],
      },
    });
  });
  afterAll(async () => {
    await mcp?.stop();
    await everything?.close();
  });

  it('sees the tool, is told all scopes it needs, asks for them, and succeeds: SDK v1', async () => {
    const provider = new OneTimeProvider();
    const client = new Client({ name: 'e2e', version: '1' });
    const url = new URL(mcp.resource);
    const first = new StreamableHTTPClientTransport(url, { authProvider: provider });
    await expect(client.connect(first)).rejects.toThrow(UnauthorizedError);
    await first.finishAuth(provider.code ?? '');
    expect(provider.requests.map((request) => request.searchParams.get('scope'))).toEqual([scope]);

    const transport = new StreamableHTTPClientTransport(url, { authProvider: provider });
    await client.connect(transport);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('demo__echo');
    const before = provider.tokens()?.access_token;

    const echo = { name: 'demo__echo', arguments: { message: 'hello' } };
    await expect(client.callTool(echo)).rejects.toThrow(UnauthorizedError);
    expect(provider.requests.at(-1)?.searchParams.get('scope')).toBe(`${scope} mcp:echo mcp:audit`);
    expect(provider.requests.at(-1)?.searchParams.get('resource')).toBe(mcp.resource);
    await transport.finishAuth(provider.code ?? '');
    expect(provider.tokens()?.access_token).not.toBe(before);

    const result = await client.callTool(echo);
    expect(result.content).toEqual([{ type: 'text', text: 'Echo: hello' }]);
    expect(provider.requests).toHaveLength(2);
    await client.close();
  });

  it('does so with SDK v2, which keeps the scopes it has and gives up its refresh token', async () => {
    const provider = new HeadlessOAuthProvider();
    const client = new NextClient({ name: 'e2e', version: '1' });
    const url = new URL(mcp.resource);
    const first = new NextTransport(url, { authProvider: provider });
    await expect(client.connect(first)).rejects.toThrow();
    await first.finishAuth(provider.code ?? '', mcp.issuer.url);

    const transport = new NextTransport(url, { authProvider: provider });
    await client.connect(transport);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('demo__echo');
    const echo = { name: 'demo__echo', arguments: { message: 'hello' } };
    await expect(client.callTool(echo)).rejects.toThrow();
    const asked = provider.requests.at(-1)?.searchParams.get('scope')?.split(' ');
    expect(asked).toEqual(expect.arrayContaining([scope, 'mcp:echo', 'mcp:audit']));
    await transport.finishAuth(provider.code ?? '', mcp.issuer.url);
    const result = await client.callTool(echo);
    expect(result.content).toEqual([{ type: 'text', text: 'Echo: hello' }]);
    await client.close();
  });
});
