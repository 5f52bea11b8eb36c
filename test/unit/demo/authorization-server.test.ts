import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  newSigningKey,
  startAuthorizationServer,
} from '../../../kong/demo/login/authorization-server.js';
import type { AuthorizationServer } from '../../../kong/demo/login/authorization-server.js';
import { signIn } from '../../support/authorization-server/headless-browser.js';
import { mintToken } from '../../support/authorization-server/mint.js';
import { HeadlessOAuthProvider, login } from '../../support/authorization-server/oauth-client.js';

const scopes = ['mcp:tools', 'mcp:admin'];
const client = { id: 'machine', secret: 'machine-secret' };
const other = 'http://127.0.0.1:1/other';

describe('the demo authorization server', () => {
  let server: AuthorizationServer;
  let key: Awaited<ReturnType<typeof newSigningKey>>;
  let endpoint: string;
  const metadata = createServer((request, response) => {
    const known = request.url === '/.well-known/oauth-protected-resource/mcp';
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        resource: endpoint,
        authorization_servers: [server.issuer],
        scopes_supported: ['mcp:tools'],
      }),
    );
  });

  const verify = (token: string, audience = endpoint) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${server.issuer}/jwks`)), {
      issuer: server.issuer,
      audience,
      typ: 'at+jwt',
    });

  const register = (body: unknown) =>
    fetch(`${server.issuer}/reg`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  beforeAll(async () => {
    metadata.listen(0, '127.0.0.1');
    await once(metadata, 'listening');
    endpoint = `http://127.0.0.1:${(metadata.address() as AddressInfo).port}/mcp`;
    key = await newSigningKey();
    server = await startAuthorizationServer({
      port: 0,
      resources: [endpoint, other],
      scopes,
      clients: [client],
      signingKey: key,
    });
  });

  afterAll(async () => {
    await server.close();
    metadata.close();
  });

  it('publishes RFC 8414 metadata with its issuer, S256 and registration', async () => {
    const address = `${server.issuer}/.well-known/oauth-authorization-server`;
    const document = (await (await fetch(address)).json()) as Record<string, unknown>;
    expect(document).toMatchObject({
      issuer: server.issuer,
      code_challenge_methods_supported: ['S256'],
      registration_endpoint: `${server.issuer}/reg`,
    });
    expect(document['scopes_supported']).toEqual(expect.arrayContaining(scopes));
    expect(document['grant_types_supported']).toEqual(
      expect.arrayContaining(['authorization_code', 'refresh_token', 'client_credentials']),
    );
  });

  it('gives a machine an at+jwt access token for the resource it names', async () => {
    const token = await server.issueToken({ client, resource: other, scopes: ['mcp:tools'] });
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
    const { payload } = await verify(token, other);
    expect(payload).toMatchObject({ sub: 'machine', client_id: 'machine', scope: 'mcp:tools' });
  });

  it('takes the first resource where none is named', async () => {
    const { payload } = await verify(await server.issueToken({ client }));
    expect(payload.aud).toBe(endpoint);
    expect(payload['scope']).toBe('mcp:tools mcp:admin');
  });

  it('refuses a resource it does not know, and a wrong secret', async () => {
    await expect(server.issueToken({ client, resource: 'http://x/y' })).rejects.toThrow(
      'invalid_target',
    );
    await expect(server.issueToken({ client: { id: 'machine', secret: 'no' } })).rejects.toThrow(
      'invalid_client',
    );
  });

  it('logs the SDK client in: metadata, registration, PKCE, sign-in page, token', async () => {
    const provider = new HeadlessOAuthProvider('bob');
    const { payload } = await verify(await login(provider, endpoint));
    expect(payload).toMatchObject({ sub: 'bob', aud: endpoint, scope: 'mcp:tools' });
    expect(provider.requests[0]?.searchParams.get('code_challenge_method')).toBe('S256');
    expect(provider.requests[0]?.searchParams.get('resource')).toBe(endpoint);
  });

  it('renews a token by its refresh token', async () => {
    const provider = new HeadlessOAuthProvider();
    const first = await login(provider, endpoint);
    expect(provider.tokens()?.refresh_token).toBeTypeOf('string');
    const second = await login(provider, endpoint);
    expect(second).not.toBe(first);
    expect(provider.requests).toHaveLength(1);
    expect((await verify(second)).payload.sub).toBe('alice');
  });

  it('sends a user who denies back with access_denied, and never without PKCE', async () => {
    const redirectUri = 'http://127.0.0.1:9/callback';
    const registered = await register({
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
    });
    const { client_id } = (await registered.json()) as { client_id: string };
    const request = new URL(`${server.issuer}/auth`);
    const query = { client_id, redirect_uri: redirectUri, response_type: 'code', scope: 'openid' };
    for (const [name, value] of Object.entries(query)) request.searchParams.set(name, value);
    const bare = await signIn(request, redirectUri, { account: 'eve' });
    expect(bare.get('error')).toBe('invalid_request');
    request.searchParams.set('code_challenge', 'a'.repeat(43));
    request.searchParams.set('code_challenge_method', 'S256');
    const denied = await signIn(request, redirectUri, { account: 'eve', decision: 'deny' });
    expect(denied.get('error')).toBe('access_denied');
    expect(denied.get('code')).toBeNull();
  });

  it.each([
    ['an app with a loopback address', { redirect_uris: ['http://localhost:3118/callback'] }],
    [
      'an editor with several addresses and a grant that is not served',
      {
        redirect_uris: ['https://vscode.dev/redirect', 'http://127.0.0.1:33418/'],
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
      },
    ],
    ['an app with a scheme of its own', { redirect_uris: ['cursor://anysphere.mcp/callback'] }],
    [
      'a page with a secret',
      {
        redirect_uris: ['https://app.example/callback'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
  ])('registers %s', async (_title, metadata) => {
    const registered = await register({ token_endpoint_auth_method: 'none', ...metadata });
    const answer = (await registered.json()) as Record<string, unknown>;
    expect(registered.status).toBe(201);
    expect(answer['redirect_uris']).toEqual(metadata.redirect_uris);
    expect(answer['client_id']).toBeTypeOf('string');
  });

  it.each([
    ['no addresses', {}],
    ['plain http elsewhere', { redirect_uris: ['http://evil.example/'] }],
    ['text that is not JSON', 'nonsense'],
  ])('refuses to register %s', async (_title, metadata) => {
    expect((await register(metadata)).status).toBe(400);
  });

  it('refuses a name that is more than a name, and a sign-in it does not know', async () => {
    const unknown = await fetch(`${server.issuer}/interaction/none`);
    expect(unknown.status).toBe(400);
    const provider = new HeadlessOAuthProvider('<script>');
    await expect(login(provider, endpoint)).rejects.toThrow('no form at step');
  });

  it.each(['/reg', '/token', '/.well-known/oauth-authorization-server'])(
    'lets a client in a browser use %s',
    async (path) => {
      const preflight = await fetch(`${server.issuer}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin: 'http://localhost:6274',
          'access-control-request-method': path.startsWith('/.') ? 'GET' : 'POST',
          'access-control-request-headers': 'content-type',
        },
      });
      expect(preflight.ok).toBe(true);
      expect(preflight.headers.get('access-control-allow-origin')).toMatch(/^(\*|http:.*6274)$/);
    },
  );

  it('signs with the key it was given, so that tests can mint what it never would', async () => {
    const good = { issuer: server.issuer, resource: endpoint };
    expect((await verify(await mintToken(good, { key }))).payload.sub).toBe('alice');
    const expired = await mintToken(good, { key, claims: { exp: 1 } });
    await expect(verify(expired)).rejects.toThrow(/exp/);
  });

  it('names the port when it is taken', async () => {
    const port = Number(new URL(server.issuer).port);
    await expect(startAuthorizationServer({ port, resources: [other] })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
