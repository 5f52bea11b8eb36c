import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool, rpc } from '../../support/rpc.js';

const aliceId = '8d0f1f0e-94a1-4a3f-8d6f-0f4c2b6c1a01';
const limit = (limit_by: string, hour: number) => ({
  name: 'rate-limiting',
  config: { hour, policy: 'local', limit_by },
});

describe('who a token is, for Kong and for what is behind it', () => {
  let issuer: Issuer;
  let second: Issuer;
  let upstream: RecordingUpstream;
  let gateway: Gateway;
  const at: Record<string, string> = {};

  beforeAll(async () => {
    const port = await freePort();
    const names = ['credential', 'consumer', 'optional', 'open', 'passing', 'aggregate', 'many'];
    for (const name of names) at[name] = `http://127.0.0.1:${port}/${name}`;
    [issuer, second, upstream] = await Promise.all([
      startIssuer(Object.values(at)),
      startIssuer(Object.values(at)),
      startRecordingUpstream(),
    ]);
    const route = (name: string, own: object, plugins: readonly object[] = []): object =>
      endpoint({
        name,
        path: `/${name}`,
        url: upstream.url,
        oauth: { resource: at[name], authorization_servers: [issuer.url], ...own },
        plugins: plugins as Record<string, unknown>[],
      });
    const passing = { passthrough_credentials: true };
    gateway = await startGateway({
      port,
      declarative: {
        consumers: [
          { id: aliceId, username: 'alice', custom_id: 'a-1' },
          { username: 'guest' },
          { username: 'bob', custom_id: 'b-1' },
        ],
        services: [
          route('credential', {}, [limit('credential', 2)]),
          route('consumer', { consumer_claim: ['user', 'name'] }, [limit('consumer', 2)]),
          route('optional', { consumer_claim: ['sub'], consumer_optional: true }),
          route('open', { anonymous: 'guest' }, [limit('consumer', 100)]),
          route('passing', passing),
          endpoint({
            name: 'aggregate',
            path: '/aggregate',
            oauth: {
              resource: at['aggregate'],
              authorization_servers: [issuer.url],
              ...passing,
            },
            aggregate: { servers: [{ name: 'up', url: upstream.url }] },
          }),
          route('many', {
            authorization_servers: [issuer.url, second.url],
            issuer_consumers: [{ issuer: issuer.url, consumer_claim: ['sub'] }],
            upstream_headers: [{ header: 'X-Roles', path: ['realm_access', 'roles'] }],
          }),
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), second?.close(), upstream?.close()]);
  });

  const ping = async (
    name: string,
    subject: string,
    claims: Record<string, unknown> = {},
    by = issuer,
  ): Promise<number> => {
    const token = await by.token(at[name]!, subject, { claims });
    return (await rpc(at[name]!, 'ping', { token })).status;
  };
  const seen = () => upstream.requests.at(-1)?.headers ?? {};

  it('limits per user by the credential, whatever client and token the user comes with', async () => {
    const ann = (client_id: string) => ping('credential', 'ann', { client_id });
    expect([await ann('one'), await ann('two'), await ann('three')]).toEqual([200, 200, 429]);
    expect(await ping('credential', 'ben')).toBe(200);
  });

  it('limits per consumer, whichever subject stands for it', async () => {
    const as = (name: string, subject: string) => ping('consumer', subject, { user: { name } });
    expect([await as('alice', 's1'), await as('alice', 's2')]).toEqual([200, 200]);
    expect(await as('alice', 's3')).toBe(429);
    expect(await as('bob', 's1')).toBe(200);
  });

  it('tells the upstream of the consumer as Kong’s own plugins do, and of nobody else', async () => {
    const token = await issuer.token(at['optional']!, 'alice');
    const headers = { 'x-consumer-username': 'root', X_Consumer_Id: 'root' };
    expect((await rpc(at['optional']!, 'ping', { token, headers })).status).toBe(200);
    expect(seen()).toMatchObject({
      'x-consumer-id': aliceId,
      'x-consumer-username': 'alice',
      'x-consumer-custom-id': 'a-1',
    });
    expect(seen()).not.toHaveProperty('x_consumer_id');
    expect(await ping('optional', 'nobody')).toBe(200);
    expect(seen()).not.toHaveProperty('x-consumer-username');
  });

  it('answers 403 to a token without a consumer, and nothing reaches the upstream', async () => {
    const before = upstream.requests.length;
    expect(await ping('consumer', 'x', { user: { name: 'nobody' } })).toBe(403);
    expect(await ping('consumer', 'x')).toBe(403);
    expect(await ping('consumer', 'x', { user: { name: 'b-1' } })).toBe(403);
    expect(upstream.requests.length).toBe(before);
  });

  it('does not take a user name for the id of somebody else’s consumer', async () => {
    expect(await ping('consumer', 'x', { user: { name: aliceId } })).toBe(403);
  });

  it('maps names of the issuer they belong to, and hands nested claims on', async () => {
    const claims = { realm_access: { roles: ['a', 'b'] } };
    expect(await ping('many', 'alice', claims)).toBe(200);
    expect(seen()).toMatchObject({ 'x-consumer-username': 'alice', 'x-roles': 'a,b' });
    expect(await ping('many', 'alice', {}, second)).toBe(200);
    expect(seen()).not.toHaveProperty('x-consumer-username');
    expect(seen()).not.toHaveProperty('x-roles');
    expect(await ping('many', 'nobody')).toBe(403);
  });

  it('lets a request without a token pass as the anonymous consumer, never one with a bad token', async () => {
    expect((await rpc(at['open']!, 'ping', {})).status).toBe(200);
    expect(seen()).toMatchObject({
      'x-consumer-username': 'guest',
      'x-anonymous-consumer': 'true',
    });
    const before = upstream.requests.length;
    expect((await rpc(at['open']!, 'ping', { token: 'bad' })).status).toBe(401);
    expect(upstream.requests.length).toBe(before);
    expect(await ping('open', 'ann')).toBe(200);
    expect(seen()).not.toHaveProperty('x-anonymous-consumer');
  });

  it('hands the token on where that is configured, but never in front of mcp-aggregate', async () => {
    expect(await ping('passing', 'ann')).toBe(200);
    expect(seen()['authorization']).toMatch(/^Bearer ey/);
    const before = upstream.requests.length;
    const token = await issuer.token(at['aggregate']!, 'ann');
    const answer = await callTool(at['aggregate']!, 'up__x', {}, { token });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.message)).toContain('passthrough_credentials');
    const arrived = upstream.requests.slice(before).map(({ headers }) => headers);
    expect(arrived.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    expect(gateway.logText()).toContain('set it to false');
  });

  it('writes no token to any log', () => {
    const logs = gateway.logText();
    for (const token of [...issuer.minted, ...second.minted]) expect(logs).not.toContain(token);
  });
});
