import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeadlessOAuthProvider } from '../support/authorization-server/oauth-client.js';
import { rpc } from '../support/rpc.js';
import { aliceLogsIn, atKeycloak } from './support/person.js';
import { realmName, scope } from './support/realm.js';
import { machineToken, startRig } from './support/rig.js';
import type { Rig } from './support/rig.js';

describe('a person who signs in at Keycloak', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig(
      {
        path: '/plain',
        oauth: {
          claim_to_header: [
            { claim: 'preferred_username', header: 'X-User' },
            { claim: 'azp', header: 'X-Client' },
          ],
          upstream_headers: [{ header: 'X-Roles', path: ['realm_access', 'roles'] }],
        },
      },
      {
        path: '/admins',
        oauth: { scope_claims: ['realm_access.roles'], required_scopes: ['tickets-admin'] },
      },
      { path: '/strict', oauth: { token_types: ['at+jwt'] } },
    );
  });
  afterAll(() => rig?.close());

  it('lists the tools with the token of the public client', async () => {
    const { access_token: token } = await aliceLogsIn(rig.keycloak, scope);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', typ: 'JWT' });
    expect(decodeJwt(token)).toMatchObject({
      iss: `${rig.keycloak}/realms/${realmName}`,
      aud: expect.arrayContaining([rig.resource]) as unknown,
      azp: 'mcp-client',
      scope,
    });
    const answer = await rpc(rig.resource, 'tools/list', { token });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.message?.result)).toContain('everything__echo');
    expect(rig.gateway.logText()).not.toContain(token);
  });

  it('reaches the upstream by name and with the roles, without the token', async () => {
    const { access_token: token } = await aliceLogsIn(rig.keycloak, scope);
    const answer = await rpc(rig.gateway.at('/plain'), 'ping', { token });
    expect(answer.status).toBe(200);
    const seen = rig.upstream.requests.at(-1)?.headers ?? {};
    expect(seen).toMatchObject({ 'x-user': 'alice', 'x-client': 'mcp-client' });
    expect(String(seen['x-roles']).split(',')).toContain('tickets-admin');
    expect(seen).not.toHaveProperty('authorization');
  });

  it('passes by a role where roles count as scopes; a machine without it gets 403', async () => {
    const { access_token: token } = await aliceLogsIn(rig.keycloak, scope);
    expect((await rpc(rig.gateway.at('/admins'), 'ping', { token })).status).toBe(200);
    const machine = await machineToken(rig.keycloak, scope);
    const answer = await rpc(rig.gateway.at('/admins'), 'ping', { token: machine });
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toContain('scope="tickets-admin"');
  });

  it('is refused with a token that was not asked for this resource', async () => {
    const { access_token: token } = await aliceLogsIn(rig.keycloak, 'openid');
    await refused(rig.resource, token, 'not issued for this resource');
  });

  it('is refused with an ID token, and with a refresh token', async () => {
    const granted = await aliceLogsIn(rig.keycloak, `openid ${scope}`);
    expect((await rpc(rig.resource, 'ping', { token: granted.access_token })).status).toBe(200);
    await refused(rig.resource, granted.id_token, 'invalid_token');
    await refused(rig.resource, granted.refresh_token, 'invalid_token');
  });

  it('is refused where only at+jwt is accepted, since Keycloak writes JWT', async () => {
    const { access_token: token } = await aliceLogsIn(rig.keycloak, scope);
    await refused(rig.gateway.at('/strict'), token, 'the type of the token is not accepted');
  });

  it('needs nothing but the address: the SDK registers itself, signs in and calls', async () => {
    const alice = atKeycloak('alice', 'alice');
    const sent: (string[] | undefined)[] = [];
    const provider = new HeadlessOAuthProvider('alice', (page) => {
      const form = alice(page);
      sent.push(form && Object.keys(form.fields));
      return form;
    });
    const transport = () =>
      new StreamableHTTPClientTransport(new URL(rig.resource), { authProvider: provider });
    const client = new Client({ name: 'keycloak-test', version: '1' });
    const first = transport();
    await expect(client.connect(first)).rejects.toThrow(UnauthorizedError);
    await first.finishAuth(provider.code ?? '');
    await client.connect(transport());
    const message = 'through Keycloak';
    const result = await client.callTool({ name: 'everything__echo', arguments: { message } });
    expect(result.content).toEqual([{ type: 'text', text: `Echo: ${message}` }]);
    await client.close();

    // A client that nobody vouches for needs her consent.
    expect(sent).toEqual([
      expect.arrayContaining(['username', 'password']),
      expect.arrayContaining(['accept']),
    ]);
    const [request] = provider.requests;
    expect(request?.searchParams.get('resource')).toBe(rig.resource);
    expect(request?.searchParams.get('scope')).toBe(scope);
    expect(request?.searchParams.get('client_id')).not.toBe('mcp-client');
  });

  it('a stranger may not register a client that sends codes elsewhere', async () => {
    const at = `${rig.keycloak}/realms/${realmName}/clients-registrations/openid-connect`;
    const answer = await fetch(at, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://elsewhere.example/callback'] }),
    });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('Trusted Hosts');
  });
});

async function refused(url: string, token: string | undefined, why: string): Promise<void> {
  expect(token).toBeDefined();
  const answer = await rpc(url, 'ping', { token: token ?? '' });
  expect(answer.status).toBe(401);
  expect(answer.headers['www-authenticate']).toContain(why);
}
