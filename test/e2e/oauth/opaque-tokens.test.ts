import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeadlessOAuthProvider, login } from '../../support/authorization-server/oauth-client.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { scope, startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { rpc } from '../../support/rpc.js';

const gateways = ['basic', 'post', 'key'] as const;
const secret = 'a secret: with+signs&more %';

describe('opaque tokens of a real authorization server', () => {
  let issuer: Issuer;
  let upstream: RecordingUpstream;
  let gateway: Gateway;
  const at: Record<string, string> = {};

  beforeAll(async () => {
    const port = await freePort();
    for (const name of [...gateways, 'stranger', 'other']) {
      at[name] = `http://127.0.0.1:${port}/${name}`;
    }
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'gw', alg: 'ES256', use: 'sig' }];
    const jwk = JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'gw', alg: 'ES256' });
    issuer = await startIssuer(Object.values(at), {
      accessTokenFormat: 'opaque',
      clients: [
        { id: 'basic', secret },
        { id: 'post', secret },
        { id: 'key', secret: '', keys },
        { id: 'job', secret },
      ],
    });
    upstream = await startRecordingUpstream();
    const protect = (name: string, client: object): object =>
      endpoint({
        name,
        path: `/${name}`,
        url: upstream.url,
        oauth: {
          resource: at[name],
          authorization_servers: [issuer.url],
          required_scopes: [scope],
          claim_to_header: [{ claim: 'sub', header: 'X-User' }],
          introspection_endpoint: `${issuer.url}/token/introspection`,
          ...client,
        },
      });
    const basic = { client_id: 'basic', client_secret: '{vault://env/introspection-secret}' };
    gateway = await startGateway({
      port,
      gatewayEnv: { INTROSPECTION_SECRET: secret },
      declarative: {
        services: [
          protect('basic', basic),
          protect('other', basic),
          protect('post', {
            client_id: 'post',
            client_secret: secret,
            client_auth: 'client_secret_post',
          }),
          protect('key', { client_id: 'key', client_auth: 'private_key_jwt', client_jwk: jwk }),
          protect('stranger', { client_id: 'basic', client_secret: 'wrong' }),
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), upstream?.close()]);
  });

  const issue = async (resource: string, scopes?: readonly string[]): Promise<string> => {
    const client = { id: 'job', secret };
    const token = await issuer.server.issueToken({
      client,
      resource,
      ...(scopes ? { scopes } : {}),
    });
    issuer.minted.push(token);
    return token;
  };

  it.each(gateways)('are introspected by a gateway that authenticates by %s', async (name) => {
    const token = await issue(at[name]!);
    expect(token).not.toContain('.');
    const before = upstream.requests.length;
    expect((await rpc(at[name]!, 'ping', { token })).status).toBe(200);
    expect(upstream.requests.length).toBe(before + 1);
    expect(upstream.requests.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  it('carry the user who logged in', async () => {
    const token = await login(new HeadlessOAuthProvider('carol'), at['basic']!);
    issuer.minted.push(token);
    expect(token).not.toContain('.');
    expect((await rpc(at['basic']!, 'ping', { token })).status).toBe(200);
    expect(upstream.requests.at(-1)?.headers).toMatchObject({ 'x-user': 'carol' });
  });

  it('of another resource are refused', async () => {
    const token = await issue(at['other']!);
    const before = upstream.requests.length;
    const answer = await rpc(at['basic']!, 'ping', { token });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('not issued for this resource');
    expect(upstream.requests.length).toBe(before);
  });

  it('that nobody issued are refused', async () => {
    const answer = await rpc(at['basic']!, 'ping', { token: 'a-token-of-nobody' });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it('that are refresh tokens are refused', async () => {
    const provider = new HeadlessOAuthProvider('dave');
    issuer.minted.push(await login(provider, at['basic']!));
    const token = provider.tokens()?.refresh_token ?? '';
    expect(token).not.toBe('');
    issuer.minted.push(token);
    const before = upstream.requests.length;
    expect((await rpc(at['basic']!, 'ping', { token })).status).toBe(401);
    expect(upstream.requests.length).toBe(before);
  });

  it('get 503 where the gateway may not ask', async () => {
    const token = await issue(at['stranger']!);
    const answer = await rpc(at['stranger']!, 'ping', { token });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('stand in no log, nor does the secret', () => {
    const logs = gateway.logText();
    expect(logs).toContain('introspection_failed');
    for (const text of [...issuer.minted, secret, encodeURIComponent(secret)]) {
      expect(logs).not.toContain(text);
    }
  });
});
