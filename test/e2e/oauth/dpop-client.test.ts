import { WWWAuthenticateChallengeError } from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dpopLogin } from '../../support/dpop/dpop-client.js';
import type { DpopClient } from '../../support/dpop/dpop-client.js';
import { until } from '../../support/readiness.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { rpc } from '../../support/rpc.js';
import { startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const message = (method: string, params: object = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
const initialize = message('initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'e2e', version: '1' },
});

describe.each([
  ['jwt', 1],
  ['opaque', 2],
] as const)('a client with a key, %s tokens, %i workers', (accessTokenFormat, workers) => {
  let server: HttpFixture;
  let mcp: ProtectedEndpoint;
  let client: DpopClient;

  beforeAll(async () => {
    server = await startHttpFixture();
    const client_id = 'gateway';
    const introspection = (issuer: string) =>
      accessTokenFormat === 'jwt'
        ? {}
        : {
            introspection_endpoint: `${issuer}/token/introspection`,
            client_id,
            client_secret: 'secret',
          };
    mcp = await startProtectedEndpoint({
      issuer: { accessTokenFormat, clients: [{ id: client_id, secret: 'secret' }] },
      oauth: (issuer) => ({
        required_scopes: ['mcp:tools'],
        dpop: { mode: 'required', require_nonce: true, proof_lifetime: 5 },
        ...introspection(issuer),
      }),
      aggregate: { servers: [{ name: 's', url: server.url }] },
      gateway: { env: { KONG_MCP_WORKERS: String(workers) } },
    });
    client = await dpopLogin(mcp.resource, 'carol');
    mcp.issuer.minted.push(client.token);
  });
  afterAll(async () => {
    await mcp?.stop();
    await server?.close();
  });

  it('finds in the metadata what it needs, and gets a bound token', () => {
    expect(client.resource).toMatchObject({
      dpop_bound_access_tokens_required: true,
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']) as unknown,
    });
    expect(client.tokenType).toBe('dpop');
  });

  it('opens a session, lists and ends it, each request with a proof and a nonce', async () => {
    const opened = await client.send('POST', initialize);
    expect(opened.status).toBe(200);
    await opened.text();
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    const listed = await client.send('POST', message('tools/list'), session);
    expect(await listed.text()).toContain('"tools":[');
    expect((await client.send('DELETE', undefined, session)).status).toBeLessThan(300);
    for (const { headers } of server.arrived) {
      expect(headers).not.toHaveProperty('dpop');
      expect(headers).not.toHaveProperty('authorization');
    }
  });

  it('gets the next nonce with an answer, before the old one ends', async () => {
    const nonce = await until(
      async () => {
        const answer = await client.send('POST', message('ping'));
        expect(answer.status).toBe(200);
        await answer.text();
        return answer.headers.get('dpop-nonce') ?? undefined;
      },
      { what: 'no answer brings a nonce', everyMs: 200 },
    );
    expect(nonce).toMatch(/^[\w-]{30}$/);
  });

  it('is of no use to who has its token alone', async () => {
    const answer = await rpc(mcp.resource, 'ping', { token: client.token });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^DPoP error="invalid_token"/);
    const thief = await dpopLogin(mcp.resource, 'mallory');
    const other: unknown = await thief
      .send('POST', message('ping'), {}, client.token)
      .catch((error: unknown) => error);
    expect(other).toBeInstanceOf(WWWAuthenticateChallengeError);
    const { cause } = other as WWWAuthenticateChallengeError;
    expect(cause).toEqual([
      {
        scheme: 'dpop',
        parameters: expect.objectContaining({
          error: 'invalid_token',
          error_description: 'the token is bound to another key than that of the proof',
          resource_metadata: expect.stringContaining('/.well-known/') as unknown,
          algs: expect.stringContaining('ES256') as unknown,
        }) as unknown,
      },
    ]);
  });

  it('leaves neither token nor nonce in a log of the plugin server', () => {
    for (const token of mcp.issuer.minted) {
      expect(mcp.gateway.pluginServer.stderr).not.toContain(token);
    }
  });
});
