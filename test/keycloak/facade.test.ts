import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { strictLogin } from '../support/authorization-server/oauth4webapi-login.js';
import { HeadlessOAuthProvider, login } from '../support/authorization-server/oauth-client.js';
import { runInspector } from '../support/inspector.js';
import { startMcpRemote } from '../support/mcp-remote.js';
import { callTool } from '../support/rpc.js';
import { KeycloakAdmin } from './support/admin.js';
import { atKeycloak } from './support/person.js';
import { facadeNames, realmFor, realmName, scopeOf, sharedClient } from './support/realm.js';
import { startRig } from './support/rig.js';
import type { Rig } from './support/rig.js';

const echo = { name: 'everything__echo', arguments: { message: 'hello' } };
const echoed = [{ type: 'text', text: 'Echo: hello' }];
/** Realms but for that of the example: the policies as Keycloak ships them, and as guides leave them. */
const realms = { answered: realmName, proxied: realmName, shipped: 'shipped', removed: 'removed' };

/** Alice by the SDK's own flow. */
const alice = () => atKeycloak('alice', 'alice');
const person = () => new HeadlessOAuthProvider('alice', alice());

describe('a facade before Keycloak', () => {
  let rig: Rig;
  const at = (name: string) => rig.gateway.at(`/${name}`);
  const register = (url: string, uri: string, page: object = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...page },
      body: JSON.stringify({ redirect_uris: [uri], token_endpoint_auth_method: 'none' }),
    });

  beforeAll(async () => {
    const { url, admin: credentials, gatewayPort } = inject('keycloak');
    const admin = new KeycloakAdmin(url, credentials);
    const realm = realmFor(`http://127.0.0.1:${gatewayPort}/mcp`);
    await admin.createRealm(realm, 'shipped');
    await admin.createRealm(realm, 'removed');
    await admin.deleteTrustedHosts('removed');
    const shared = { registration: 'static', client_id: sharedClient };
    rig = await startRig(
      ...facadeNames.map((name) => ({
        path: `/${name}`,
        aggregates: true,
        oauth: {
          authorization_servers: [`${url}/realms/${realms[name]}`],
          extra_audiences: [],
          required_scopes: [scopeOf(name)],
          facade: { provider: 'keycloak', ...(name === 'answered' ? shared : {}) },
        },
      })),
    );
  });
  afterAll(() => rig?.close());

  const calls = async (name: string, token: string) =>
    (await callTool(at(name), echo.name, echo.arguments, { token })).message?.result?.['content'];

  describe('that answers registrations with a shared client', () => {
    it('SDK v1 logs in, and the token is for this endpoint by its mapper', async () => {
      const provider = person();
      const token = await login(provider, at('answered'));
      expect(provider.answer.has('iss')).toBe(false);
      expect(decodeProtectedHeader(token).typ).toBe('JWT');
      const audience = expect.arrayContaining([at('answered')]) as unknown;
      expect(decodeJwt(token)).toMatchObject({ azp: sharedClient, aud: audience });
      expect(await calls('answered', token)).toEqual(echoed);
    });

    it('SDK v2, which checks the issuer, does too', async () => {
      const provider = person();
      const client = new ClientV2({ name: 'v2', version: '1' });
      const transport = () => new TransportV2(new URL(at('answered')), { authProvider: provider });
      const first = transport();
      await expect(client.connect(first)).rejects.toThrow();
      await first.finishAuth(provider.answer);
      await client.connect(transport());
      expect((await client.callTool(echo)).content).toEqual(echoed);
      await client.close();
    });

    it('the Inspector does too', async () => {
      const inspector = await runInspector(at('answered'), { person: alice() });
      expect(await inspector.call(echo.name, echo.arguments)).toMatchObject({ content: echoed });
      await inspector.close();
    });

    it('mcp-remote does too', async () => {
      const remote = await startMcpRemote(at('answered'), alice());
      expect((await remote.client.callTool(echo)).content).toEqual(echoed);
      await remote.close();
    });
  });

  describe('that has Keycloak register, with hosts that it trusts', () => {
    it('SDK v1 logs in, after consent', async () => {
      const token = await login(person(), at('proxied'));
      expect(decodeJwt(token)['azp']).not.toBe(sharedClient);
      expect(await calls('proxied', token)).toEqual(echoed);
    });

    it('mcp-remote is refused, since it names a page of another host as its own', async () => {
      await expect(startMcpRemote(at('proxied'), alice())).rejects.toThrow('Trusted Hosts');
    });

    it('a page of any origin can register, which Keycloak itself does not let it', async () => {
      const uri = 'http://127.0.0.1/callback';
      const page = { origin: 'https://app.example' };
      const answer = await register(`${at('proxied')}/register`, uri, page);
      expect(answer.status).toBe(201);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      const direct = await register(registrationOf(rig.keycloak, realmName), uri, page);
      expect(direct.status).toBe(403);
      expect(direct.headers.get('access-control-allow-origin')).toBeNull();
    });

    it('SDK v2 and mcp-remote refuse, since Keycloak names itself', async () => {
      const provider = person();
      const client = new ClientV2({ name: 'v2', version: '1' });
      const transport = new TransportV2(new URL(at('proxied')), { authProvider: provider });
      await expect(client.connect(transport)).rejects.toThrow();
      await expect(transport.finishAuth(provider.answer)).rejects.toThrow('RFC 9207');
      await expect(startMcpRemote(at('removed'), alice())).rejects.toThrow('RFC 9207');
    });
  });

  it('with the policies as shipped, the client is told that its host is not trusted', async () => {
    const answer = await register(`${at('shipped')}/register`, 'http://127.0.0.1/callback');
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      error: 'insufficient_scope',
      error_description: expect.stringContaining("Policy 'Trusted Hosts' rejected") as string,
    });
    await expect(login(person(), at('shipped'))).rejects.toThrow('Trusted Hosts');
  });

  it('with that policy deleted, the facade’s list still holds where Keycloak takes anything', async () => {
    const token = await login(person(), at('removed'));
    expect(await calls('removed', token)).toEqual(echoed);
    const evil = 'https://evil.example/callback';
    expect((await register(registrationOf(rig.keycloak, 'removed'), evil)).status).toBe(201);
    const answer = await register(`${at('removed')}/register`, evil);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_redirect_uri' });
  });

  it('tokens of one endpoint are not for the other', async () => {
    const token = await login(person(), at('answered'));
    expect((await callTool(at('proxied'), echo.name, {}, { token })).status).toBe(401);
  });

  it('oauth4webapi checks all of the shared client’s answers', async () => {
    const token = await strictLogin(at('answered'), scopeOf('answered'), alice());
    expect(await calls('answered', token)).toEqual(echoed);
  });
});

function registrationOf(keycloak: string, realm: string): string {
  return `${keycloak}/realms/${realm}/clients-registrations/openid-connect`;
}
