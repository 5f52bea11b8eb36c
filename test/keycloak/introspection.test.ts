import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { rpc } from '../support/rpc.js';
import { aliceLogsIn, revoke } from './support/person.js';
import { gatewayClient, realmName, scope, service } from './support/realm.js';
import { machineToken, startRig } from './support/rig.js';
import type { Rig } from './support/rig.js';

describe('when the gateway asks Keycloak about each token', () => {
  let rig: Rig;
  beforeAll(async () => {
    const asking = (client: { readonly id: string; readonly secret: string }) => ({
      introspection_endpoint: `${inject('keycloak').url}/realms/${realmName}/protocol/openid-connect/token/introspect`,
      introspection_cache_ttl: 0,
      client_id: client.id,
      client_secret: client.secret,
    });
    rig = await startRig(
      {
        path: '/asked',
        oauth: {
          ...asking(gatewayClient),
          claim_to_header: [{ claim: 'preferred_username', header: 'X-User' }],
        },
      },
      { path: '/stranger', oauth: asking(service) },
    );
  });
  afterAll(() => rig?.close());

  const ping = (path: string, token: string) => rpc(rig.gateway.at(path), 'ping', { token });

  it('lets a token through with its claims until it is revoked', async () => {
    const { access_token: token } = await aliceLogsIn(rig.keycloak, scope);
    expect((await ping('/asked', token)).status).toBe(200);
    expect(rig.upstream.requests.at(-1)?.headers).toMatchObject({ 'x-user': 'alice' });
    await revoke(rig.keycloak, token);
    expect((await ping('/asked', token)).status).toBe(401);
    // Keys cannot tell.
    expect((await rpc(rig.resource, 'ping', { token })).status).toBe(200);
  });

  it('refuses a token for another resource, and what is no token', async () => {
    expect((await ping('/asked', await machineToken(rig.keycloak))).status).toBe(401);
    expect((await ping('/asked', 'opaque')).status).toBe(401);
  });

  it('refuses every token where its own client is no audience of them', async () => {
    const { access_token: token } = await aliceLogsIn(rig.keycloak, scope);
    expect((await ping('/stranger', token)).status).toBe(401);
  });
});
