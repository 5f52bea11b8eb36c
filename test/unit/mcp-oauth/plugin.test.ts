import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerHandleKey, callerHandles } from '../../../lib/handles/handles.js';
import { setLogLevel } from '../../../lib/log.js';
import { Plugin } from '../../../plugins/mcp-oauth/plugin.js';
import { fakeKong } from '../../support/fake-kong-port.js';
import type { FakeKong, FakeRequest } from '../../support/fake-kong-port.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';
import { epoch, signingKey, signToken } from '../../support/oauth/signing-key.js';
import type { SigningKey } from '../../support/oauth/signing-key.js';
import { json, keySetPath, testIssuer } from '../../support/oauth/test-issuer.js';
import type { TestIssuer } from '../../support/oauth/test-issuer.js';

const host = globalThis as { [marker: symbol]: unknown };
const marker = Symbol.for('kong-plugin-mcp.host');
const resource = 'https://mcp.example.com/mcp';
let key: SigningKey;
let issuer: TestIssuer;

beforeAll(async () => {
  setLogLevel('error');
  host[marker] = 'protobuf';
  key = await signingKey('ES256');
  issuer = await testIssuer(key);
});

afterAll(async () => {
  delete host[marker];
  await issuer[Symbol.asyncDispose]();
});

function plugin(own: Record<string, unknown> = {}): Plugin {
  return new Plugin(pluginConfig({ resource, authorization_servers: [issuer.url], ...own }));
}

function token(own: Record<string, unknown> = {}): Promise<string> {
  return signToken(key, { iss: issuer.url, aud: resource, sub: 'alice', exp: epoch(300), ...own });
}

async function access(target: Plugin, request: FakeRequest): Promise<FakeKong> {
  const kong = fakeKong(request);
  await target.access(kong.port);
  return kong;
}

async function withToken(target: Plugin, text: string, headers = {}): Promise<FakeKong> {
  return access(target, { headers: { authorization: `Bearer ${text}`, ...headers } });
}

describe('flushes', () => {
  it('are two for a verified token, the first time and from the cache', async () => {
    const target = plugin({ claim_to_header: [{ claim: 'sub', header: 'X-User' }] });
    const mine = await token();
    for (const round of ['verified', 'cached']) {
      const kong = await withToken(target, mine, { x_mcp_subject: 'root' });
      expect([round, kong.flushes(), kong.exit()]).toEqual([round, 2, undefined]);
    }
  });

  it('are two where rules look into the body, which is asked for only there', async () => {
    const scope_rules = [{ methods: ['tools/call'], names: ['x'], scopes: ['s'] }];
    const headers = {
      authorization: `Bearer ${await token()}`,
      'content-type': 'application/json',
    };
    const body = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
    const [ruled, plain] = await Promise.all([
      access(plugin({ scope_rules }), { headers, body }),
      access(plugin(), { headers, body }),
    ]);
    expect([ruled.flushes(), ruled.exit()]).toEqual([2, undefined]);
    expect(ruled.callsOf('request.getRawBody')).toHaveLength(1);
    expect(plain.callsOf('request.getRawBody')).toHaveLength(0);
  });

  it.each<[string, FakeRequest, number]>([
    ['metadata', { method: 'GET', path: '/.well-known/oauth-protected-resource/mcp' }, 200],
    ['no token', {}, 401],
    ['a bad token', { headers: { authorization: 'Bearer x' } }, 401],
  ])('are two for %s, which ends here', async (_what, request, status) => {
    const kong = await access(plugin(), request);
    expect(kong.exit()?.status).toBe(status);
    expect(kong.flushes()).toBe(2);
    expect(kong.calls.map(([name]) => name).slice(4)).toEqual(['response.exit']);
  });
});

describe('what the upstream gets', () => {
  it('is the request without the token, and nothing that poses as an identity', async () => {
    const spoofed = {
      'x-mcp-subject': 'root',
      x_mcp_subject: 'root',
      'x-mcp_handle': 'h',
      'x-consumer-id': 'c',
      x_consumer_username: 'root',
      'x-credential-identifier': 'c',
      'x-anonymous-consumer': 'true',
      'x-user': 'root',
      x_user: 'root',
      'x-team': 'root',
    };
    const target = plugin({
      claim_to_header: [
        { claim: 'sub', header: 'X-User' },
        { claim: 'team', header: 'X-Team' },
      ],
    });
    const kept = { cookie: 'a=b', 'mcp-session-id': 's' };
    const kong = await withToken(target, await token(), { ...spoofed, ...kept });
    expect(kong.upstreamHeaders()).toEqual({ ...kept, 'x-user': 'alice' });
  });

  it('never holds the token or a handle', async () => {
    const mine = await token();
    const kong = await withToken(plugin(), mine);
    const handle = String(kong.callsOf('ctx.shared.set')[0]?.[2]);
    const sent = JSON.stringify(kong.upstreamHeaders());
    expect(sent).not.toContain(mine);
    expect(sent).not.toContain(handle);
    expect(kong.callsOf('service.request.setHeaders')).toEqual([]);
  });
});

describe('what other plugins get', () => {
  it('is a handle to the identity, good once', async () => {
    const mine = await token({ client_id: 'app', scope: 'a b' });
    const kong = await withToken(plugin(), mine);
    const [, name, handle] = kong.callsOf('ctx.shared.set')[0]!;
    expect(name).toBe(callerHandleKey);
    expect(callerHandles.redeem('aggregator', String(handle))).toBeUndefined();
    const again = await withToken(plugin(), mine);
    const fresh = String(again.callsOf('ctx.shared.set')[0]?.[2]);
    expect(fresh).not.toBe(handle);
    expect(callerHandles.redeem('oauth', fresh)?.identity).toMatchObject({
      issuer: issuer.url,
      subject: 'alice',
      clientId: 'app',
      scopes: ['a', 'b'],
      token: mine,
    });
    expect(callerHandles.redeem('oauth', fresh)).toBeUndefined();
  });

  it('is the request as mcp-aggregate needs it, once handles are redeemed', async () => {
    const target = plugin();
    const mine = await token();
    const headers = { 'mcp-session-id': 's', cookie: 'c'.repeat(12_000), 'x-mcp-subject': 'root' };
    const handed = async () => {
      const kong = await withToken(target, mine, headers);
      return callerHandles.redeem('oauth', String(kong.callsOf('ctx.shared.set')[0]?.[2]));
    };
    const first = await handed();
    expect(first?.request).toBeUndefined();
    first?.redemptions?.redeemed();
    const { request } = (await handed())!;
    expect({ ...request, headers: { ...request?.headers } }).toEqual({
      method: 'POST',
      headers: { 'mcp-session-id': 's' },
    });
  });

  it('takes 1 KiB for some seconds where nobody redeems it, and a share of all in the end', async () => {
    const target = plugin();
    const [alice, bob] = [await token({ sub: 'flood' }), await token({ sub: 'others' })];
    const headers = { 'x-padding': 'p'.repeat(12_000), 'mcp-name': 'n'.repeat(12_000) };
    const before = callerHandles.bytes;
    await withToken(target, alice, headers);
    expect(callerHandles.bytes - before).toBe(1_024);
    for (let n = 0; n < 3_000; n++) await withToken(target, n % 2 ? alice : bob, headers);
    // 500 of each while it was not clear that nobody does; from then on one share for all.
    expect(callerHandles.bytes - before).toBeLessThanOrEqual(1_001 * 1_024 + 1_048_576);
    callerHandles.sweep();
    callerHandles.sweep();
    expect(callerHandles.bytes).toBe(0);
  });

  it('is a credential per subject', async () => {
    const credential = async (own: Record<string, unknown>) =>
      (await withToken(plugin(), await token(own))).callsOf('client.authenticate');
    const alice = await credential({ jti: '1' });
    expect(alice).toHaveLength(1);
    expect(await credential({ jti: '2' })).toEqual(alice);
    expect(await credential({ sub: 'bob' })).not.toEqual(alice);
  });
});

describe('two configurations', () => {
  it('do not share what they verified', async () => {
    const mine = await token();
    const a = plugin();
    const b = plugin({ resource: 'https://mcp.example.com/other' });
    expect((await withToken(a, mine)).exit()).toBeUndefined();
    const refused = (await withToken(b, mine)).exit();
    expect(refused?.status).toBe(401);
    expect(refused?.headers['WWW-Authenticate']).toContain('was not issued for this resource');
  });

  it('that are equal share keys and tokens, whatever worker they are for', async () => {
    await using fresh = await testIssuer(key);
    const own = { authorization_servers: [fresh.url] };
    const mine = await token({ iss: fresh.url });
    await withToken(plugin({ ...own, __seq__: 1 }), mine);
    fresh.routes.set(keySetPath, json({}, 500));
    expect((await withToken(plugin({ ...own, __seq__: 2 }), mine)).exit()).toBeUndefined();
    expect(fresh.hits(keySetPath)).toBe(1);
  });
});

it('answers 503 while keys cannot be fetched', async () => {
  await using down = await testIssuer(key);
  down.routes.set(keySetPath, json({}, 500));
  const target = plugin({ authorization_servers: [down.url] });
  const kong = await withToken(target, await token({ iss: down.url }));
  expect(kong.exit()).toMatchObject({ status: 503, headers: { 'Retry-After': '5' } });
});

it.each([
  'request.getHeaders',
  'request.getPathWithQuery',
  'service.request.clearHeader',
  'ctx.shared.set',
  'client.authenticate',
])('rejects when %s fails, so that its host answers 500', async (fails) => {
  const headers = { authorization: `Bearer ${await token()}` };
  await expect(access(plugin(), { headers, fails })).rejects.toThrow(fails);
});

it('refuses a configuration that cannot work when it is constructed', () => {
  expect(() => plugin({ resource: 'http://mcp.example.com/mcp' })).toThrow(/resource/);
});
