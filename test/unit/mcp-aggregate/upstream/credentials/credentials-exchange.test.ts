import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anonymousIdentity } from '../../../../../lib/identity/identity.js';
import type { Identity } from '../../../../../lib/identity/identity.js';
import { setLogLevel } from '../../../../../lib/log.js';
import { tokenJson } from '../../../../support/oauth/token-endpoint.js';
import {
  callAs,
  CredentialsRig,
  listTools,
  sent,
} from '../../../../support/upstreams/credentials-rig.js';
import { answer } from '../../../../support/upstreams/http-fixture.js';
import { only } from '../../../../support/upstreams/under-test.js';

setLogLevel('error');

let rig: CredentialsRig;
beforeEach(async () => void (rig = await CredentialsRig.start()));
afterEach(() => rig.close());

describe('token exchange', () => {
  it('presents the caller’s token and sends only what it was exchanged for', async () => {
    const up = rig.open(rig.exchange({ scopes: ['s'], requestedTokenType: 'urn:t' }));
    await only(up.call(rig.call()));
    expect([...rig.as.asked[0]!.form]).toEqual([
      ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      ['subject_token', 'client-token-1'],
      ['subject_token_type', 'urn:ietf:params:oauth:token-type:access_token'],
      ['scope', 's'],
      ['audience', 'up'],
      ['requested_token_type', 'urn:t'],
    ]);
    expect(new Set(sent(rig.server.arrived))).toEqual(new Set(['Bearer token-1']));
    for (const { headers } of rig.server.arrived) {
      expect(JSON.stringify(headers)).not.toContain('client-token');
    }
  });

  it('exchanges once for calls at the same time, and keeps the token', async () => {
    const up = rig.open(rig.exchange());
    const calls = Array.from({ length: 10 }, () => only(up.call(rig.call())));
    await Promise.all(calls);
    await only(up.call(rig.call()));
    expect(rig.as.asked).toHaveLength(1);
    expect(rig.server.of('initialize')).toHaveLength(1);
  });

  it.each<[string, Partial<Identity>]>([
    ['subjects', { subject: 'bob', token: 'client-token-2' }],
    ['clients', { clientId: 'd', token: 'client-token-2' }],
    ['scopes', { scopes: ['admin'], token: 'client-token-2' }],
    ['claims', { claims: { sub: 'alice', tenant: 'b' }, token: 'client-token-2' }],
  ])('shares no token and no session between callers of different %s', async (_what, other) => {
    const up = rig.open(rig.exchange());
    await only(up.call(rig.call()));
    await only(up.call(rig.call(other)));
    expect(rig.as.asked.map(({ form }) => form.get('subject_token'))).toEqual([
      'client-token-1',
      'client-token-2',
    ]);
    expect(sent(rig.server.of('tools/call'))).toEqual(['Bearer token-1', 'Bearer token-2']);
    const sessions = rig.server.of('tools/call').map(({ headers }) => headers['mcp-session-id']);
    expect(new Set(sessions).size).toBe(2);
  });

  it('shares no connection of a server without sessions either', async () => {
    await rig.close();
    rig = await CredentialsRig.start({ sessions: false });
    const up = rig.open(rig.exchange());
    await listTools(up);
    await only(up.call(rig.call()));
    await only(up.call(rig.call({ subject: 'bob' })));
    await only(up.call(rig.call()));
    expect(sent(rig.server.of('tools/list'))).toEqual(['Bearer token-1']);
    expect(sent(rig.server.of('tools/call'))).toEqual([
      'Bearer token-2',
      'Bearer token-3',
      'Bearer token-2',
    ]);
  });

  it('keeps the session when the client comes with a renewed token, and exchanges that one next', async () => {
    const up = rig.open(rig.exchange());
    await only(up.call(rig.call()));
    rig.now += 590_000;
    const renewed = { claims: { sub: 'alice', iat: 2 }, token: 'client-token-2' };
    await only(up.call(rig.call(renewed)));
    expect(rig.server.of('initialize')).toHaveLength(1);
    expect(rig.as.asked.map(({ form }) => form.get('subject_token'))).toEqual([
      'client-token-1',
      'client-token-2',
    ]);
  });

  it('uses a token no longer than the one it was exchanged for', async () => {
    const up = rig.open(rig.exchange());
    const mine = rig.caller({ expiresAt: rig.now / 1000 + 60 });
    await only(up.call(callAs(mine)));
    rig.now += 61_000;
    await only(up.call(callAs(mine)));
    expect(rig.as.asked).toHaveLength(2);
  });

  it('uses a token without expires_in for the configured time', async () => {
    rig.as.answer((_asked, response) =>
      tokenJson(response, { access_token: `t${rig.as.asked.length}`, token_type: 'bearer' }),
    );
    const up = rig.open(rig.exchange({ ttlSeconds: 100 }));
    await only(up.call(rig.call()));
    rig.now += 80_000;
    await only(up.call(rig.call()));
    expect(rig.as.asked).toHaveLength(1);
    rig.now += 15_000;
    await only(up.call(rig.call()));
    expect(rig.as.asked).toHaveLength(2);
  });

  it.each<[string, Identity]>([
    ['a Kong consumer', { ...anonymousIdentity, issuer: 'kong', subject: 'x' }],
    ['an anonymous caller', anonymousIdentity],
  ])('tells %s that a token is needed, and asks nobody', async (_what, who) => {
    const failed = await only(rig.open(rig.exchange()).call(callAs(who)));
    expect(failed).toMatchObject({ fail: 'upstream_unavailable', data: { server: 'srv' } });
    expect(JSON.stringify(failed)).toContain('mcp-oauth');
    expect([rig.as.asked, rig.server.arrived]).toEqual([[], []]);
  });

  it('lets a refused exchange concern its caller only', async () => {
    rig.as.answer((asked, response) => {
      if (asked.form.get('subject_token') === 'bad') {
        tokenJson(response, { error: 'invalid_target', error_description: 'psst' }, 400);
      } else tokenJson(response, { access_token: 'good', token_type: 'Bearer' });
    });
    const up = rig.open(rig.exchange());
    const bad = rig.call({ subject: 'bob', token: 'bad' });
    for (let n = 0; n < 3; n++) {
      const failed = await only(up.call(bad));
      expect(failed).toMatchObject({ fail: 'upstream_unavailable', data: { server: 'srv' } });
      expect(JSON.stringify(failed)).not.toMatch(/psst|invalid_target/);
    }
    expect(rig.as.asked).toHaveLength(1);
    expect(await only(up.call(rig.call()))).toEqual({ done: '{"content":[]}' });
  });

  it.each([401, 403])('lets a %i to one caller concern nobody else', async (status) => {
    rig.server.on('initialize', (_arrived, response) => void response.writeHead(status).end());
    const up = rig.open(rig.exchange());
    const failed = await only(up.call(rig.call({ subject: 'bob' })));
    expect(failed).toMatchObject({ fail: 'upstream_unavailable', data: { state: 'ready' } });
    expect(up.status().state).not.toBe('failing');
  });

  it('lists with the gateway’s own token', async () => {
    const up = rig.open(rig.exchange());
    await listTools(up);
    expect(rig.as.asked[0]?.form.get('grant_type')).toBe('client_credentials');
  });

  it('lists with a configured header where there is no client_credentials', async () => {
    const auth = { ...rig.exchange(), clientCredentials: undefined };
    const up = rig.open(auth, { headers: { Authorization: 'Bearer static' } });
    await listTools(up);
    await only(up.call(rig.call()));
    expect(sent(rig.server.of('tools/list'))).toEqual(['Bearer static']);
    expect(sent(rig.server.of('tools/call'))).toEqual(['Bearer token-1']);
  });
});

it('a server without sessions cannot be subscribed to, though each caller has a connection of its own', async () => {
  await rig.close();
  rig = await CredentialsRig.start({
    sessions: false,
    capabilities: '{"resources":{"subscribe":true}}',
  });
  rig.server.on('resources/subscribe', (arrived, response) => answer(arrived, response, '{}'));
  const up = rig.open(rig.exchange());
  const subscribe = (conversation: string) => {
    const method = 'resources/subscribe';
    const params = Buffer.from('{"uri":"test://r"}');
    return only(up.call({ ...rig.call(), method, params, conversation }));
  };
  const refused = {
    fail: 'method_not_found',
    message: expect.stringContaining('no subscriptions'),
  };
  expect([await subscribe('a'), await subscribe('b')]).toMatchObject([refused, refused]);
  expect(rig.server.of('resources/subscribe')).toHaveLength(0);
});
