import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AddressedClient,
  startClientDocument,
} from '../../support/authorization-server/client-document.js';
import type { ClientDocument } from '../../support/authorization-server/client-document.js';
import { HeadlessOAuthProvider, login } from '../../support/authorization-server/oauth-client.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { runInspector } from '../../support/inspector.js';
import { startMcpRemote } from '../../support/mcp-remote.js';
import { freePort } from '../../support/ports.js';
import { scope, startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { rpc } from '../../support/rpc.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';

const machine = { id: 'nightly-job', secret: 'a secret of the job' };
const echo = { name: 'everything__echo', arguments: { message: 'hello' } };
const echoed = [{ type: 'text', text: 'Echo: hello' }];

/** Clients as people use them, against an authorization server that knows none of them. */
describe('OAuth clients', () => {
  let everything: RunningServer;
  let document: ClientDocument;
  let issuer: Issuer;
  let gateway: Gateway;
  let inspectorCallback: string;
  let a: string;
  let b: string;
  const tokens: string[] = [];

  beforeAll(async () => {
    const [port, callbackPort] = [await freePort(), await freePort()];
    a = `http://127.0.0.1:${port}/a`;
    b = `http://127.0.0.1:${port}/b`;
    inspectorCallback = `http://127.0.0.1:${callbackPort}/oauth/callback`;
    const { redirectUrl } = new HeadlessOAuthProvider();
    [everything, document] = await Promise.all([
      startServerEverything(),
      startClientDocument([redirectUrl, inspectorCallback]),
    ]);
    issuer = await startIssuer([a, b], {
      clients: [machine],
      clientMetadataFetch: document.fetch,
    });
    const service = (name: string, resource: string): object =>
      endpoint({
        name,
        path: `/${name}`,
        oauth: { resource, authorization_servers: [issuer.url], required_scopes: [scope] },
        aggregate: { servers: [{ name: 'everything', url: everything.url }] },
      });
    gateway = await startGateway({
      port,
      declarative: { services: [service('a', a), service('b', b)] },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), document?.close(), everything?.close()]);
  });

  /** Calls a tool with SDK v1, logging in on the way where a person is needed. */
  async function callWithV1(resource: string, authProvider: OAuthClientProvider): Promise<unknown> {
    const client = new Client({ name: 'v1', version: '1' });
    const transport = () => new StreamableHTTPClientTransport(new URL(resource), { authProvider });
    if (authProvider instanceof HeadlessOAuthProvider) {
      const first = transport();
      await expect(client.connect(first)).rejects.toThrow();
      await first.finishAuth(authProvider.code ?? '');
    }
    await client.connect(transport());
    const { content } = await client.callTool(echo);
    await client.close();
    tokens.push((await authProvider.tokens())?.access_token ?? '');
    return content;
  }

  async function callWithV2(provider: HeadlessOAuthProvider): Promise<unknown> {
    const client = new ClientV2({ name: 'v2', version: '1' });
    const transport = () => new TransportV2(new URL(a), { authProvider: provider });
    const first = transport();
    await expect(client.connect(first)).rejects.toThrow();
    await first.finishAuth(provider.answer);
    await client.connect(transport());
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain(echo.name);
    const { content } = await client.callTool(echo);
    await client.close();
    tokens.push(provider.tokens()?.access_token ?? '');
    return content;
  }

  const claims = () => decodeJwt(tokens.at(-1) ?? '');

  it('mcp-remote registers, logs in with PKCE and calls a tool', async () => {
    const remote = await startMcpRemote(a);
    const { client } = remote;
    const asked = Object.fromEntries(remote.request.searchParams);
    expect(asked).toMatchObject({ code_challenge_method: 'S256', resource: a });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain(echo.name);
    expect((await client.callTool(echo)).content).toEqual(echoed);
    await remote.close();
  });

  it('SDK v2 registers, logs in with PKCE, lists and calls', async () => {
    const provider = new HeadlessOAuthProvider();
    expect(await callWithV2(provider)).toEqual(echoed);
    const asked = Object.fromEntries(provider.requests[0]?.searchParams ?? []);
    expect(asked).toMatchObject({ code_challenge_method: 'S256', resource: a });
    // It adds offline_access by itself, for a refresh token.
    expect(asked['scope']?.split(' ')).toContain(scope);
    expect(claims()).toMatchObject({ aud: a, sub: 'alice', scope });
  });

  it.each([
    ['SDK v1', (provider: HeadlessOAuthProvider) => callWithV1(a, provider)],
    ['SDK v2', (provider: HeadlessOAuthProvider) => callWithV2(provider)],
  ])('%s logs in as a client known by its address, without registering', async (_sdk, call) => {
    const provider = new AddressedClient(document);
    expect(await call(provider)).toEqual(echoed);
    expect(document.fetched()).toBeGreaterThan(0);
    expect(claims()).toMatchObject({ client_id: document.url, aud: a });
  });

  it('Inspector logs in as a client known by its address', async () => {
    const inspector = await runInspector(a, {
      clientMetadataUrl: document.url,
      callback: inspectorCallback,
    });
    expect(await inspector.call(echo.name, echo.arguments)).toMatchObject({ content: echoed });
    await inspector.close();
  });

  it('a machine gets a token by client_credentials and calls', async () => {
    const provider = new ClientCredentialsProvider({
      clientId: machine.id,
      clientSecret: machine.secret,
      expectedIssuer: issuer.url,
      scope,
    });
    expect(await callWithV1(b, provider)).toEqual(echoed);
    expect(claims()).toMatchObject({ aud: b, client_id: machine.id });
  });

  it('what a login for one endpoint gives is refused at the other', async () => {
    const provider = new HeadlessOAuthProvider();
    const token = await login(provider, a);
    tokens.push(token);
    expect((await rpc(a, 'ping', { token })).status).toBe(200);
    const answer = await rpc(b, 'ping', { token });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('was not issued for this resource');
    const job = await issuer.server.issueToken({ client: machine, resource: b });
    expect((await rpc(b, 'ping', { token: job })).status).toBe(200);
    expect((await rpc(a, 'ping', { token: job })).status).toBe(401);
  });

  it('a refresh token is no access token', async () => {
    const provider = new HeadlessOAuthProvider();
    await login(provider, a);
    const token = provider.tokens()?.refresh_token ?? '';
    tokens.push(token);
    expect(token).not.toBe('');
    expect((await rpc(a, 'ping', { token })).status).toBe(401);
  });

  it('none of their tokens stands in a log', () => {
    const logs = gateway.logText();
    expect(tokens.length).toBeGreaterThan(5);
    expect(tokens.filter((token) => logs.includes(token))).toEqual([]);
  });
});
