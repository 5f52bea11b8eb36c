import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerHandles } from '../../../../lib/handles/handles.js';
import { setLogLevel } from '../../../../lib/log.js';
import { Plugin } from '../../../../plugins/mcp-oauth/plugin.js';
import { fakeKong } from '../../../support/fake-kong-port.js';
import type { FakeKong, FakeRequest } from '../../../support/fake-kong-port.js';
import { pluginConfig } from '../../../support/oauth/plugin-config.js';
import { epoch, signingKey, signToken } from '../../../support/oauth/signing-key.js';
import type { SigningKey } from '../../../support/oauth/signing-key.js';
import { testIssuer } from '../../../support/oauth/test-issuer.js';
import type { TestIssuer } from '../../../support/oauth/test-issuer.js';

const host = globalThis as { [marker: symbol]: unknown };
const marker = Symbol.for('kong-plugin-mcp.host');
const resource = 'https://mcp.example.com/mcp';
const aliceId = '11111111-1111-4111-8111-111111111111';
const malloryId = '22222222-2222-4222-8222-222222222222';
const alice = { id: aliceId, username: 'alice', customId: 'a-1' };
let key: SigningKey;
let issuer: TestIssuer;
let second: TestIssuer;

beforeAll(async () => {
  setLogLevel('error');
  host[marker] = 'protobuf';
  key = await signingKey('ES256');
  [issuer, second] = await Promise.all([testIssuer(key), testIssuer(key)]);
});

afterAll(async () => {
  delete host[marker];
  await Promise.all([issuer, second].map((each) => each[Symbol.asyncDispose]()));
});

function plugin(own: Record<string, unknown> = {}): Plugin {
  return new Plugin(pluginConfig({ resource, authorization_servers: [issuer.url], ...own }));
}

async function access(
  own: Record<string, unknown>,
  claims: Record<string, unknown> | undefined,
  found: unknown = alice,
  request: FakeRequest = {},
): Promise<FakeKong> {
  const good = { iss: issuer.url, aud: resource, sub: 'alice', exp: epoch(300), ...claims };
  const authorization = claims && `Bearer ${await signToken(key, good)}`;
  const kong = fakeKong({
    ...request,
    headers: { ...(authorization ? { authorization } : {}), ...request.headers },
    answers: { 'client.loadConsumer': found, ...request.answers },
  });
  await plugin(own).access(kong.port);
  return kong;
}

const bySubject = { consumer_claim: ['sub'] };

describe('a token that names a consumer', () => {
  it('is looked up once, in one further flush', async () => {
    const kong = await access(bySubject, {});
    expect(kong.callsOf('client.loadConsumer')).toEqual([['client.loadConsumer', 'alice', true]]);
    expect(kong.flushes()).toBe(3);
    expect(kong.exit()).toBeUndefined();
  });

  it('gives plugins consumer and credential, and the upstream what Kong’s own plugins give', async () => {
    const kong = await access(bySubject, {}, alice, {
      headers: { 'x-consumer-id': malloryId, x_consumer_username: 'mallory' },
    });
    const [, given] = kong.callsOf('client.authenticate')[0]!;
    const credential = { id: expect.stringMatching(/^[0-9a-f-]{36}$/), consumerId: aliceId };
    expect(given).toEqual({ consumer: alice, credential });
    const headers = kong.upstreamHeaders();
    expect(headers).toMatchObject({
      'x-consumer-id': aliceId,
      'x-consumer-username': 'alice',
      'x-consumer-custom-id': 'a-1',
    });
    expect(headers).not.toHaveProperty('x_consumer_username');
    expect(headers).not.toHaveProperty('authorization');
  });

  it('is read at the end of a path', async () => {
    const own = { consumer_claim: ['realm_access', 'user'] };
    const kong = await access(own, { realm_access: { user: 'alice' } });
    expect(kong.callsOf('client.authenticate')[0]?.[1]).toMatchObject({ consumer: alice });
    const flat = await access(own, { 'realm_access.user': 'alice' });
    expect(flat.exit()?.status).toBe(403);
  });

  it('is not asked for where no mapping is configured', async () => {
    const kong = await access({}, {});
    expect(kong.callsOf('client.loadConsumer')).toEqual([]);
    expect(kong.flushes()).toBe(2);
  });
});

describe('a token without a consumer', () => {
  it.each<[string, Record<string, unknown>, unknown]>([
    ['nobody of that name', {}, null],
    ['no such claim', { sub: undefined, client_id: 'app' }, alice],
    ['a claim that is no text', { sub: 'alice', uid: 7 }, alice],
    ['a control character', { uid: 'alice\u0000' }, alice],
  ])('is answered 403 without a challenge: %s', async (_what, claims, found) => {
    const own = { consumer_claim: [Object.hasOwn(claims, 'uid') ? 'uid' : 'sub'] };
    const kong = await access(own, claims, found);
    expect(kong.exit()?.status).toBe(403);
    expect(kong.exit()?.headers).not.toHaveProperty('WWW-Authenticate');
    expect(kong.callsOf('client.authenticate')).toEqual([]);
    expect(kong.callsOf('ctx.shared.set')).toEqual([]);
  });

  it('passes with its credential alone where consumer_optional says so', async () => {
    const kong = await access({ ...bySubject, consumer_optional: true }, {}, null);
    expect(kong.exit()).toBeUndefined();
    // An absent consumer id reaches Kong as empty text, on which its acl fails.
    const credential = {
      id: expect.any(String),
      consumerId: '00000000-0000-0000-0000-000000000000',
    };
    expect(kong.callsOf('client.authenticate')[0]?.[1]).toEqual({ credential });
    expect(kong.upstreamHeaders()).not.toHaveProperty('x-consumer-id');
  });
});

describe('a claim that is somebody else’s UUID', () => {
  const mallory = { sub: aliceId };

  it('is not taken for that consumer, which Kong finds by its id', async () => {
    const kong = await access(bySubject, mallory);
    expect(kong.callsOf('client.loadConsumer')).toHaveLength(1);
    expect(kong.exit()?.status).toBe(403);
  });

  it('is the consumer where consumer_by names the id', async () => {
    const kong = await access({ ...bySubject, consumer_by: ['id'] }, mallory);
    expect(kong.callsOf('client.loadConsumer')[0]).toEqual(['client.loadConsumer', aliceId, false]);
    expect(kong.exit()).toBeUndefined();
  });

  it('by id alone, no other text is looked up: Kong would fail on it', async () => {
    const kong = await access({ ...bySubject, consumer_by: ['id'] }, { sub: 'alice' });
    expect(kong.callsOf('client.loadConsumer')).toEqual([]);
    expect(kong.exit()?.status).toBe(403);
  });
});

describe('several issuers', () => {
  const both = () => ({ authorization_servers: [issuer.url, second.url] });
  const perIssuer = () => ({
    ...both(),
    issuer_consumers: [
      {
        issuer: issuer.url,
        consumer_claim: ['sub'],
        consumer_by: ['username'],
        consumer_optional: false,
      },
    ],
  });

  it('refuse a mapping that does not say whose names it means', () => {
    expect(() => plugin({ ...both(), ...bySubject })).toThrow(/consumer_claim.*issuer_consumers/);
  });

  it('map tokens of the named issuer, and leave the same name at another without consumer', async () => {
    const first = await access(perIssuer(), {});
    expect(first.callsOf('client.authenticate')[0]?.[1]).toMatchObject({ consumer: alice });
    const other = await access(perIssuer(), { iss: second.url });
    expect(other.exit()).toBeUndefined();
    expect(other.callsOf('client.loadConsumer')).toEqual([]);
    expect(other.callsOf('client.authenticate')[0]?.[1]).not.toHaveProperty('consumer');
  });

  it('refuse an issuer that is not accepted, and one that is named twice', () => {
    const [one] = perIssuer().issuer_consumers;
    const strange = { ...one, issuer: 'https://elsewhere.example' };
    expect(() => plugin({ ...both(), issuer_consumers: [strange] })).toThrow(/elsewhere/);
    expect(() => plugin({ ...both(), issuer_consumers: [one, one] })).toThrow(/twice/);
  });
});

describe('credential_claim', () => {
  const idOf = async (own: Record<string, unknown>, claims: Record<string, unknown>) => {
    const kong = await access(own, claims);
    const [, given] = kong.callsOf('client.authenticate')[0]!;
    return (given as { credential: { id: string } }).credential.id;
  };

  it('counts by another claim than the subject', async () => {
    const own = { credential_claim: ['org', 'id'] };
    const a = await idOf(own, { sub: 'alice', org: { id: 'acme' } });
    expect(await idOf(own, { sub: 'bob', org: { id: 'acme' } })).toBe(a);
    expect(await idOf(own, { sub: 'alice', org: { id: 'other' } })).not.toBe(a);
  });

  it('falls back to the subject, which no claim of another user can equal', async () => {
    const own = { credential_claim: ['email'] };
    const alone = await idOf(own, { sub: 'alice' });
    expect(await idOf(own, { sub: 'bob' })).not.toBe(alone);
    expect(await idOf(own, { sub: 'bob', email: 'alice' })).not.toBe(alone);
  });

  it('keeps issuers apart', async () => {
    const own = { authorization_servers: [issuer.url, second.url] };
    expect(await idOf(own, { iss: second.url })).not.toBe(await idOf(own, {}));
  });
});

describe('authenticated_groups_claim', () => {
  it.each<[string, unknown, unknown]>([
    ['a list', ['staff', 7, 'admin'], ['staff', 'admin']],
    ['text', 'staff admin', ['staff', 'admin']],
    ['nothing', undefined, []],
    ['an object', { staff: true }, []],
  ])('hands %s to Kong’s acl', async (_what, groups, expected) => {
    const kong = await access({ authenticated_groups_claim: ['groups'] }, { groups });
    const calls = kong.callsOf('ctx.shared.set');
    expect(calls.find(([, name]) => name === 'authenticated_groups')?.[2]).toEqual(expected);
    expect(kong.flushes()).toBe(2);
  });
});

describe('anonymous', () => {
  const guest = { id: malloryId, username: 'guest' };
  const anonymous = { anonymous: 'guest' };

  it('stands for a request without a token, as in Kong’s own plugins', async () => {
    const spoofed = { 'x-consumer-username': 'root', 'x-mcp-subject': 'root' };
    const kong = await access(anonymous, undefined, guest, { headers: spoofed });
    expect(kong.exit()).toBeUndefined();
    expect(kong.callsOf('client.authenticate')).toEqual([
      ['client.authenticate', { consumer: guest }],
    ]);
    expect(kong.upstreamHeaders()).toEqual({
      'x-anonymous-consumer': 'true',
      'x-consumer-id': malloryId,
      'x-consumer-username': 'guest',
    });
    expect(kong.callsOf('ctx.shared.set')).toEqual([]);
  });

  it('does not stand for a bad token', async () => {
    const headers = { authorization: 'Bearer bad' };
    const kong = await access(anonymous, undefined, guest, { headers });
    expect(kong.exit()?.status).toBe(401);
    expect(kong.callsOf('client.loadConsumer')).toEqual([]);
  });

  it('ends in 500 where there is no such consumer', async () => {
    const kong = await access(anonymous, undefined, null);
    expect(kong.exit()?.status).toBe(500);
    expect(kong.callsOf('log.err')).toHaveLength(1);
  });

  it('without it, a request without a token is answered 401, whoever else has authenticated it', async () => {
    const answers = { 'nginx.getCtx': { id: 'k' } };
    const kong = await access({}, undefined, guest, { answers });
    expect(kong.exit()?.status).toBe(401);
    expect(kong.callsOf('nginx.getCtx')).toEqual([]);
  });

  it('lets pass what another plugin has authenticated, with what that plugin said', async () => {
    const answers = { 'nginx.getCtx': { id: 'key-1' } };
    const headers = {
      authorization: 'Basic eDp5',
      'x-consumer-id': aliceId,
      X_Consumer_ID: malloryId,
      'x-mcp-handle': 'forged',
    };
    const kong = await access(anonymous, undefined, guest, { answers, headers });
    expect(kong.exit()).toBeUndefined();
    expect(kong.callsOf('client.authenticate')).toEqual([]);
    expect(kong.upstreamHeaders()).toEqual({ 'x-consumer-id': aliceId });
  });
});

describe('passthrough_credentials', () => {
  const handed = (kong: FakeKong) =>
    callerHandles.redeem('oauth', String(kong.callsOf('ctx.shared.set')[0]?.[2]));

  it('is off: the token ends here', async () => {
    const kong = await access({}, {});
    expect(kong.upstreamHeaders()).not.toHaveProperty('authorization');
    expect(handed(kong)?.passthrough).toBe(false);
  });

  it('hands the verified token on, and says so to mcp-aggregate', async () => {
    const kong = await access({ passthrough_credentials: true }, {});
    expect(kong.upstreamHeaders()['authorization']).toMatch(/^Bearer ey/);
    expect(handed(kong)?.passthrough).toBe(true);
  });

  it('hands on nothing that was not verified', async () => {
    const own = { passthrough_credentials: true, anonymous: 'guest' };
    const headers = { authorization: 'Basic eDp5' };
    const kong = await access(own, undefined, alice, { headers });
    expect(kong.upstreamHeaders()).not.toHaveProperty('authorization');
  });
});
