import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../../../../lib/log.js';
import { tokenJson } from '../../../../support/oauth/token-endpoint.js';
import type { TokenEndpoint } from '../../../../support/oauth/token-endpoint.js';
import { CredentialsRig, listTools, sent } from '../../../../support/upstreams/credentials-rig.js';
import { answer } from '../../../../support/upstreams/http-fixture.js';
import { only } from '../../../../support/upstreams/under-test.js';

setLogLevel('error');

let rig: CredentialsRig;
beforeEach(async () => void (rig = await CredentialsRig.start()));
afterEach(() => rig.close());

describe('client_credentials', () => {
  it('fetches one token for all callers, lists included, and sends it with every request', async () => {
    const up = rig.open(rig.own());
    await Promise.all([
      listTools(up),
      only(up.call(rig.call())),
      only(up.call(rig.call({ subject: 'bob' }))),
    ]);
    expect(rig.as.asked).toHaveLength(1);
    expect(new Set(sent(rig.server.arrived))).toEqual(new Set(['Bearer token-1']));
  });

  it('proves the client by form-encoded Basic and says what the token is for', async () => {
    await listTools(
      rig.open(rig.own({ scopes: ['a', 'b'], audience: ['x', 'y'], resource: 'https://up/mcp' })),
    );
    const { headers, form } = rig.as.asked[0]!;
    expect(headers.authorization).toBe(`Basic ${btoa('gate+way:s%3Aecret')}`);
    expect([...form]).toEqual([
      ['grant_type', 'client_credentials'],
      ['scope', 'a b'],
      ['audience', 'x'],
      ['audience', 'y'],
      ['resource', 'https://up/mcp'],
    ]);
  });

  it('proves it in the form where that is configured', async () => {
    await listTools(rig.open(rig.own({ method: 'client_secret_post' })));
    const { headers, form } = rig.as.asked[0]!;
    expect(headers.authorization).toBeUndefined();
    expect(form.get('client_id')).toBe('gate way');
    expect(form.get('client_secret')).toBe('s:ecret');
  });

  it('renews before the end, and not earlier', async () => {
    const up = rig.open(rig.own());
    await listTools(up);
    rig.now += 3_560_000;
    await listTools(up);
    expect(rig.as.asked).toHaveLength(1);
    rig.now += 15_000;
    await listTools(up);
    expect(rig.as.asked).toHaveLength(2);
    expect(sent(rig.server.arrived).at(-1)).toBe('Bearer token-2');
  });

  it('renews a token the server refuses and sends the request again, once', async () => {
    let revoked = 'Bearer token-1';
    rig.server.on('tools/call', (arrived, response) => {
      if (arrived.headers.authorization === revoked) response.writeHead(401).end('secret text');
      else answer(arrived, response, '{"content":[]}');
    });
    const up = rig.open(rig.own());
    expect(await only(up.call(rig.call()))).toEqual({ done: '{"content":[]}' });
    expect(sent(rig.server.of('tools/call'))).toEqual(['Bearer token-1', 'Bearer token-2']);
    revoked = 'Bearer token-2';
    const refused = await only(up.call(rig.call()));
    expect(refused).toMatchObject({ fail: 'upstream_unavailable', data: { status: 401 } });
    expect(JSON.stringify(refused)).not.toContain('secret text');
    expect(rig.as.asked).toHaveLength(2);
    rig.now += 6_000;
    expect(await only(up.call(rig.call()))).toEqual({ done: '{"content":[]}' });
    expect(rig.as.asked).toHaveLength(3);
  });

  it('takes one renewal for many calls refused at once', async () => {
    rig.server.on('tools/call', (arrived, response) => {
      if (arrived.headers.authorization === 'Bearer token-1') response.writeHead(401).end();
      else answer(arrived, response, '{"content":[]}');
    });
    const up = rig.open(rig.own());
    await listTools(up);
    const calls = Array.from({ length: 20 }, () => only(up.call(rig.call())));
    for (const done of await Promise.all(calls)) expect(done).toEqual({ done: '{"content":[]}' });
    expect(rig.as.asked).toHaveLength(2);
  });

  it.each<
    [string, (response: Parameters<Parameters<TokenEndpoint['answer']>[0]>[1]) => void, RegExp]
  >([
    [
      'refuses',
      (r) => tokenJson(r, { error: 'invalid_client', error_description: 'psst' }, 401),
      /refuses to give one/,
    ],
    ['fails', (r) => tokenJson(r, { error: 'psst' }, 500), /answered HTTP 500/],
    [
      'redirects',
      (r) => void r.writeHead(302, { location: 'http://127.0.0.1:1/psst' }).end(),
      /answered HTTP 302/,
    ],
    ['answers HTML', (r) => void r.writeHead(200).end('<p>psst'), /without a bearer token/],
    [
      'answers another type',
      (r) => tokenJson(r, { access_token: 'psst', token_type: 'N_A' }),
      /without a bearer token/,
    ],
    [
      'answers a line break',
      (r) => tokenJson(r, { access_token: 'a\r\nx: psst', token_type: 'bearer' }),
      /without a bearer token/,
    ],
    [
      'answers too much',
      (r) => void r.writeHead(200).end('psst'.repeat(50_000)),
      /answered too much/,
    ],
    ['breaks off', (r) => void r.destroy(), /cannot be reached/],
  ])(
    'says which server has no token when the authorization server %s, and nothing of its text',
    async (_what, respond, reason) => {
      rig.as.answer((_asked, response) => respond(response));
      const failed = await only(rig.open(rig.own()).call(rig.call()));
      expect(failed).toMatchObject({ fail: 'upstream_unavailable', data: { server: 'srv' } });
      expect(JSON.stringify(failed)).toMatch(reason);
      expect(JSON.stringify(failed)).not.toContain('psst');
      expect(rig.server.arrived).toEqual([]);
    },
  );
});

it('ends a call whose client gives up while the authorization server thinks', async () => {
  rig.as.answer(() => undefined);
  const gone = new AbortController();
  const call = { ...rig.call(), signal: gone.signal };
  const result = only(rig.open(rig.exchange()).call(call));
  await expect.poll(() => rig.as.asked.length).toBe(1);
  gone.abort();
  expect(await result).toMatchObject({ fail: 'cancelled' });
});

it.each(['', ' '])('cannot be set up with a secret that arrived as %j', (secret) => {
  expect(() => rig.open(rig.own({ secret }))).toThrow(/client_secret: is empty/);
  expect(() =>
    rig.open({ ...rig.own(), clientCredentials: undefined }, { headers: { 'X-Key': secret } }),
  ).toThrow(/headers\.X-Key: is empty/);
});
