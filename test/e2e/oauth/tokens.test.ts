import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSigningKey } from '../../../kong/demo/login/authorization-server.js';
import { mintToken, unsignedToken } from '../../support/authorization-server/mint.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { startIssuer, scope } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { exchange, rpc } from '../../support/rpc.js';

describe('mcp-oauth in front of a plain Service', () => {
  let issuer: Issuer;
  let other: Issuer;
  let upstream: RecordingUpstream;
  let gateway: Gateway;
  let a: string;
  let b: string;

  beforeAll(async () => {
    const port = await freePort();
    a = `http://127.0.0.1:${port}/a`;
    b = `http://127.0.0.1:${port}/b`;
    [issuer, other, upstream] = await Promise.all([
      startIssuer([a, b]),
      startIssuer([a]),
      startRecordingUpstream(),
    ]);
    const protect = (name: string, resource: string): object =>
      endpoint({
        name,
        path: `/${name}`,
        url: upstream.url,
        oauth: {
          resource,
          authorization_servers: [issuer.url],
          required_scopes: [scope],
          claim_to_header: [
            { claim: 'sub', header: 'X-User' },
            { claim: 'tenant', header: 'X-Tenant' },
          ],
        },
      });
    gateway = await startGateway({
      port,
      declarative: { services: [protect('a', a), protect('b', b)] },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), other?.close(), upstream?.close()]);
  });

  const metadata = (path: string): string =>
    `resource_metadata="${gateway.at(`/.well-known/oauth-protected-resource${path}`)}"`;

  it('serves the metadata document on the path-inserted address, without a token', async () => {
    const answer = await fetch(gateway.at('/.well-known/oauth-protected-resource/a'));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(await answer.json()).toEqual({
      resource: a,
      authorization_servers: [issuer.url],
      scopes_supported: [scope],
      bearer_methods_supported: ['header'],
    });
  });

  it.each(['GET', 'POST', 'DELETE'])('challenges a %s without a token', async (method) => {
    const answer = await exchange(a, method, {});
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(`Bearer ${metadata('/a')}, scope="${scope}"`);
  });

  it('answers OPTIONS without proxying it', async () => {
    const before = upstream.requests.length;
    const answer = await exchange(a, 'OPTIONS', { origin: 'https://evil.example' });
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(upstream.requests.length).toBe(before);
  });

  it('lets a good token through, without the token and with its claims', async () => {
    const token = await issuer.token(a, 'bob');
    const spoofed = {
      'x-user': 'admin',
      X_User: 'admin',
      'x-tenant': 'root',
      x_tenant: 'root',
      'x-mcp-subject': 'admin',
      'x-consumer-username': 'admin',
    };
    const answer = await rpc(a, 'ping', { token, headers: spoofed });
    expect(answer.status).toBe(200);
    const seen = upstream.requests.at(-1)?.headers ?? {};
    expect(seen).toMatchObject({ 'x-user': 'bob' });
    for (const name of ['authorization', 'x_user', 'x-tenant', 'x_tenant', 'x-mcp-subject']) {
      expect(seen).not.toHaveProperty(name);
    }
    expect(seen['x-consumer-username']).not.toBe('admin');
  });

  it('refuses at B what A has verified and cached', async () => {
    const token = await issuer.token(a);
    expect((await rpc(a, 'ping', { token })).status).toBe(200);
    expect((await rpc(a, 'ping', { token })).status).toBe(200);
    const before = upstream.requests.length;
    const answer = await rpc(b, 'ping', { token });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(answer.headers['www-authenticate']).toContain(metadata('/b'));
    expect(upstream.requests.length).toBe(before);
  });

  const now = (): number => Math.floor(Date.now() / 1000);
  const bad: [string, () => Promise<string>][] = [
    ['another audience', () => issuer.token('https://other.example/mcp')],
    ['an expired token', () => issuer.token(a, 'bob', { claims: { exp: now() - 5 } })],
    ['a token not valid yet', () => issuer.token(a, 'bob', { claims: { nbf: now() + 600 } })],
    ['a token without exp', () => issuer.token(a, 'bob', { claims: { exp: undefined } })],
    ['another issuer', () => other.token(a)],
    [
      'a key of another issuer under the right name',
      () => mintToken({ issuer: issuer.url, resource: a, scope }, { key: other.key }),
    ],
    [
      'a strange key under a known kid',
      async () => {
        const key = { ...(await newSigningKey()), kid: issuer.key.kid ?? '' };
        return mintToken({ issuer: issuer.url, resource: a, scope }, { key });
      },
    ],
    ['an unsigned token', async () => unsignedToken({ issuer: issuer.url, resource: a })],
    ['an ID token', () => issuer.token(a, 'bob', { header: { typ: 'JWT' } })],
    ['a key-bound token', () => issuer.token(a, 'bob', { claims: { cnf: { jkt: 'x' } } })],
    ['no JWT at all', async () => 'opaque-token'],
  ];
  it.each(bad)('refuses %s with invalid_token', async (_what, make) => {
    const before = upstream.requests.length;
    const answer = await rpc(a, 'ping', { token: await make() });
    expect(answer.status).toBe(401);
    const challenge = String(answer.headers['www-authenticate']);
    expect(challenge).toMatch(/^Bearer error="invalid_token", error_description="[^"]+", /);
    expect(challenge).toContain(`${metadata('/a')}, scope="${scope}"`);
    expect(upstream.requests.length).toBe(before);
  });

  it('asks for every scope the request needs', async () => {
    const token = await issuer.token(a, 'bob', { claims: { scope: 'something else' } });
    const answer = await rpc(a, 'ping', { token });
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="insufficient_scope", /);
    expect(answer.headers['www-authenticate']).toContain(`scope="${scope}"`);
  });

  it('refuses two Authorization headers, and a token in the query', async () => {
    const before = upstream.requests.length;
    // No tokens of this run: nginx itself refuses the repetition and quotes it at log level info.
    const twice = await rpc(a, 'ping', {
      headers: { authorization: ['Bearer once', 'Bearer twice'] },
    });
    expect(twice.status).toBe(400);
    const token = await issuer.token(a);
    // Nor here: nginx's access log shows the address a client chose.
    const both = await rpc(`${a}?access_token=in-the-query`, 'ping', { token });
    expect(both.status).toBe(400);
    expect(both.headers['www-authenticate']).toContain('error="invalid_request"');
    expect(upstream.requests.length).toBe(before);
  });

  it('refuses an Origin that is not allowed', async () => {
    const token = await issuer.token(a);
    const answer = await rpc(a, 'ping', { token, headers: { origin: 'https://evil.example' } });
    expect(answer.status).toBe(403);
  });

  it('refuses more header lines than can be seen', async () => {
    const token = await issuer.token(a);
    const many = Object.fromEntries(Array.from({ length: 1005 }, (_, n) => [`h${n}`, 'x']));
    const answer = await rpc(a, 'ping', { token, headers: many });
    expect([400, 431, 494]).toContain(answer.status);
  });

  it('writes no token to any log', () => {
    const logs = gateway.logText();
    expect(logs.length).toBeGreaterThan(0);
    for (const token of [...issuer.minted, ...other.minted]) {
      expect(logs).not.toContain(token);
      expect(logs).not.toContain(token.split('.').at(-1));
    }
  });
});
