import { describe, expect, it } from 'vitest';
import type { Reply } from '../../../../plugins/mcp-oauth/core/challenge/reply.js';
import {
  authorizeQuery,
  callback,
  clientId,
  facadeRig,
  form,
  issuer,
  resource,
  secret,
  tokenForm,
  verifier,
} from '../../../support/oauth/facade-rig.js';

const errorOf = ({ body }: Reply) => (JSON.parse(body) as { error: string }).error;
const locationOf = ({ headers }: Reply) => new URL(headers['Location'] ?? '');
const basic = (id: string, word: string) =>
  `Basic ${Buffer.from(`${id}:${word}`).toString('base64')}`;

function expectRefusal(reply: Reply, error: string): void {
  expect(errorOf(reply)).toBe(error);
  expect([400, 401]).toContain(reply.status);
  expect(reply.headers).not.toHaveProperty('Location');
  expect(reply.headers['Access-Control-Allow-Origin']).toBe('*');
  expect(JSON.stringify(reply)).not.toContain(secret);
}

describe('/authorize', () => {
  it('leads to the issuer with the parameters as the issuer needs them', async () => {
    const { ask } = facadeRig({
      facade: {
        resource_parameter: 'drop',
        audience: 'api://tools',
        add_scopes: ['profile'],
        drop_scopes: ['offline_access'],
        add_parameters: { prompt: 'consent' },
      },
    });
    const query = authorizeQuery({ scope: 'mcp:tools offline_access', prompt: 'none' });
    const reply = await ask('authorize', { rawQuery: query });
    expect(reply.status).toBe(302);
    expect(reply.headers).toMatchObject({
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    });
    const location = locationOf(reply);
    expect(location.origin + location.pathname).toBe(`${issuer}/authorize`);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      redirect_uri: callback,
      state: 'a state',
      scope: 'mcp:tools profile',
      audience: 'api://tools',
      prompt: 'consent',
    });
    expect(location.searchParams.has('resource')).toBe(false);
  });

  it('keeps or replaces resource, and leaves scope out where none is left', async () => {
    const kept = await facadeRig().ask('authorize', { rawQuery: authorizeQuery() });
    expect(locationOf(kept).searchParams.get('resource')).toBe(resource);
    const facade = { resource_parameter: 'replace', resource_value: 'api://x' };
    const rig = facadeRig({ facade: { ...facade, drop_scopes: ['mcp:tools'] } });
    const { searchParams } = locationOf(await rig.ask('authorize', { rawQuery: authorizeQuery() }));
    expect(searchParams.get('resource')).toBe('api://x');
    expect(searchParams.has('scope')).toBe(false);
  });

  it('keeps the query of the issuer’s own address', async () => {
    const metadata = {
      issuer,
      authorization_endpoint: `${issuer}/authorize?p=signin`,
      token_endpoint: `${issuer}/token`,
    };
    const { ask } = facadeRig({ metadata });
    const reply = await ask('authorize', { rawQuery: authorizeQuery({ p: 'other' }) });
    expect(locationOf(reply).searchParams.getAll('p')).toEqual(['signin']);
  });

  it('takes another client’s redirect URI as it is: the issuer decides on it', async () => {
    const query = authorizeQuery({
      client_id: 'https://app.example/c.json',
      redirect_uri: 'https://app.example/cb',
    });
    expect((await facadeRig().ask('authorize', { rawQuery: query })).status).toBe(302);
  });

  it.each([
    ['a foreign redirect URI', { redirect_uri: 'https://evil.example/cb' }, 'invalid_request'],
    ['no redirect URI', { redirect_uri: undefined }, 'invalid_request'],
    ['no client', { client_id: undefined }, 'invalid_request'],
    ['no PKCE', { code_challenge: undefined }, 'invalid_request'],
    ['an empty challenge', { code_challenge: '' }, 'invalid_request'],
    ['a short challenge', { code_challenge: 'abc' }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no method of PKCE', { code_challenge_method: undefined }, 'invalid_request'],
    ['an implicit grant', { response_type: 'token' }, 'unsupported_response_type'],
    ['a hybrid flow', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['no response type', { response_type: undefined }, 'unsupported_response_type'],
    ['a request object', { request: 'e30.e30.' }, 'request_not_supported'],
    [
      'a request by address',
      { request_uri: 'https://evil.example/r' },
      'request_uri_not_supported',
    ],
    ['another resource', { resource: 'https://mcp.example.com/other' }, 'invalid_target'],
    ['a longer resource', { resource: `${resource}/x` }, 'invalid_target'],
  ])('refuses %s, without a redirect', async (_what, changed, error) => {
    const reply = await facadeRig().ask('authorize', { rawQuery: authorizeQuery(changed) });
    expectRefusal(reply, error);
  });

  it.each([
    ['a redirect URI twice', `&redirect_uri=${encodeURIComponent('https://evil.example')}`],
    ['a client twice', '&client_id=other'],
    ['a client twice, escaped', '&client%5Fid=other'],
    ['a state twice', '&state=other'],
    ['an empty twin', '&redirect_uri='],
    ['another resource beside ours', '&resource=https%3A%2F%2Fevil.example'],
    ['too many parameters', Array.from({ length: 100 }, (_, at) => `&p${at}=1`).join('')],
    ['too long a query', `&long=${'a'.repeat(65_536)}`],
  ])('refuses %s', async (_what, more) => {
    const reply = await facadeRig().ask('authorize', { rawQuery: `${authorizeQuery()}${more}` });
    expectRefusal(reply, more.startsWith('&resource') ? 'invalid_target' : 'invalid_request');
  });

  it.each(['\r\nSet-Cookie: x=1', '%0d%0aSet-Cookie:%20x=1', '\u0000', '"><script>'])(
    'writes %j anew, so that it stays within one parameter',
    async (state) => {
      const rawQuery = `${authorizeQuery({ state: undefined })}&state=${state}`;
      const { headers } = await facadeRig().ask('authorize', { rawQuery });
      expect(headers['Location']).toMatch(/^[\x21-\x7e]+$/);
      const sent = new URL(headers['Location'] ?? '').searchParams.get('state');
      expect(sent).toBe(new URLSearchParams(`state=${state}`).get('state'));
    },
  );
});

describe('/token', () => {
  const ask = (rig: ReturnType<typeof facadeRig>, body: string, headers = {}) =>
    rig.ask('token', { body, headers: { ...form, ...headers } });

  it('adds the secret of the shared client, and hands the answer on as it is', async () => {
    const text = '{"access_token":"t",  "token_type":"Bearer"}';
    const rig = facadeRig({ answer: () => new Response(text) });
    const reply = await ask(rig, tokenForm());
    expect(reply).toMatchObject({ status: 200, body: text });
    expect(reply.headers['Cache-Control']).toBe('no-store');
    const [{ url, body, headers }] = rig.sent as [(typeof rig.sent)[0]];
    expect(url).toBe(`${issuer}/token`);
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: 'authorization_code',
      client_id: clientId,
      client_secret: secret,
      code: 'a code',
      redirect_uri: callback,
      code_verifier: verifier,
      resource,
    });
    expect(headers.get('authorization')).toBeNull();
  });

  it('does so by Basic where that is configured, and on refresh', async () => {
    const rig = facadeRig({ facade: { client_auth: 'client_secret_basic' } });
    const body = tokenForm({
      grant_type: 'refresh_token',
      refresh_token: 'r',
      code: undefined,
      redirect_uri: undefined,
      code_verifier: undefined,
    });
    expect((await ask(rig, body)).status).toBe(200);
    expect(rig.sent[0]?.headers.get('authorization')).toBe(basic(clientId, secret));
    expect(rig.sent[0]?.body).not.toContain('client_');
  });

  it('sends other clients on with what they prove themselves by, and no more', async () => {
    const rig = facadeRig();
    const own = tokenForm({ client_id: 'machine', grant_type: 'client_credentials' });
    await ask(rig, own, { authorization: basic('machine', 'its own') });
    expect(rig.sent[0]?.headers.get('authorization')).toBe(basic('machine', 'its own'));
    expect(rig.sent[0]?.body).not.toContain(secret);
  });

  it.each([
    ['another grant', { grant_type: 'client_credentials' }, 'unauthorized_client'],
    ['a password', { grant_type: 'password' }, 'unauthorized_client'],
    [
      'token exchange',
      { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' },
      'unauthorized_client',
    ],
    [
      'a device code',
      { grant_type: 'urn:ietf:params:oauth:grant-type:device_code' },
      'unauthorized_client',
    ],
    ['a grant in another case', { grant_type: 'Refresh_Token' }, 'unauthorized_client'],
    ['no grant', { grant_type: undefined }, 'invalid_request'],
    ['a foreign redirect URI', { redirect_uri: 'https://evil.example/cb' }, 'invalid_grant'],
    ['no redirect URI', { redirect_uri: undefined }, 'invalid_grant'],
    ['no verifier', { code_verifier: undefined }, 'invalid_grant'],
    ['a short verifier', { code_verifier: 'x' }, 'invalid_grant'],
    ['a secret of its own', { client_secret: 'guess' }, 'invalid_client'],
    ['an assertion', { client_assertion: 'x.y.z' }, 'invalid_client'],
    ['another resource', { resource: 'https://evil.example' }, 'invalid_target'],
  ])('asks nobody on %s', async (_what, changed, error) => {
    const rig = facadeRig();
    expectRefusal(await ask(rig, tokenForm(changed)), error);
    expect(rig.sent).toEqual([]);
  });

  it.each([
    ['a parameter twice', `${tokenForm()}&redirect_uri=x`, {}, 'invalid_request'],
    ['two clients', tokenForm(), { authorization: basic('other', 'x') }, 'invalid_request'],
    [
      'the shared client by Basic',
      tokenForm(),
      { authorization: basic(clientId, '') },
      'invalid_client',
    ],
    ['a bearer token', tokenForm(), { authorization: 'Bearer x' }, 'invalid_client'],
    [
      'two credentials',
      tokenForm(),
      { authorization: [basic('a', 'b'), basic('c', 'd')] },
      'invalid_request',
    ],
    ['JSON', '{}', { 'content-type': 'application/json' }, 'invalid_request'],
    [
      'two content types',
      tokenForm(),
      { 'content-type': [form['content-type'], 'text/plain'] },
      'invalid_request',
    ],
  ])('refuses %s', async (_what, body, headers, error) => {
    const rig = facadeRig();
    expectRefusal(await ask(rig, body, headers), error);
    expect(rig.sent).toEqual([]);
  });

  it('proves nothing where the shared client is public', async () => {
    const rig = facadeRig({ facade: { client_secret: null } });
    expect((await ask(rig, tokenForm())).status).toBe(200);
    expect(rig.sent[0]?.body).not.toContain('client_secret');
    expectRefusal(
      await ask(rig, tokenForm({ redirect_uri: 'https://evil.example' })),
      'invalid_grant',
    );
    const byBasic = { authorization: basic(clientId, '') };
    const foreign = tokenForm({ redirect_uri: 'https://evil.example', client_id: undefined });
    expectRefusal(await ask(rig, foreign, byBasic), 'invalid_grant');
  });
});

describe('/revoke', () => {
  const body = `token=t&client_id=${clientId}`;

  it('adds the secret too, and an empty answer is one', async () => {
    const rig = facadeRig({ answer: () => new Response('') });
    expect(await rig.ask('revoke', { body, headers: form })).toMatchObject({
      status: 200,
      body: '',
    });
    expect(rig.sent[0]).toMatchObject({ url: `${issuer}/revoke` });
    expect(rig.sent[0]?.body).toContain(secret);
  });

  it('needs a token, and an issuer that revokes', async () => {
    expectRefusal(await facadeRig().ask('revoke', { headers: form }), 'invalid_request');
    const metadata = {
      issuer,
      authorization_endpoint: `${issuer}/a`,
      token_endpoint: `${issuer}/t`,
    };
    const reply = await facadeRig({ metadata }).ask('revoke', { body, headers: form });
    expect(reply.status).toBe(404);
  });
});
