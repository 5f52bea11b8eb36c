import { describe, expect, it } from 'vitest';
import {
  callback,
  clientId,
  facadeRig,
  issuer,
  secret,
} from '../../../support/oauth/facade-rig.js';

const json = { 'content-type': 'application/json' };
const register = (rig: ReturnType<typeof facadeRig>, body: unknown, headers: object = json) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return rig.ask('register', { body: text, headers: headers as typeof json });
};

describe('registration answered here', () => {
  it('gives the shared client, public, for the redirect URIs asked for', async () => {
    const asked = {
      client_name: 'an app',
      redirect_uris: [callback],
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['authorization_code', 'client_credentials'],
    };
    const rig = facadeRig({ now: () => 1_700_000_000_500 });
    const reply = await register(rig, asked);
    expect(reply.status).toBe(201);
    expect(JSON.parse(reply.body)).toEqual({
      client_id: clientId,
      client_id_issued_at: 1_700_000_000,
      redirect_uris: [callback],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      client_name: 'an app',
    });
    expect(rig.sent).toEqual([]);
    expect(rig.loads()).toBe(0);
  });

  it.each([
    ['a foreign address', { redirect_uris: ['https://evil.example/cb'] }, 'invalid_redirect_uri'],
    [
      'one foreign among allowed',
      { redirect_uris: [callback, 'https://evil.example'] },
      'invalid_redirect_uri',
    ],
    ['none', { redirect_uris: [] }, 'invalid_redirect_uri'],
    ['a text for a list', { redirect_uris: callback }, 'invalid_redirect_uri'],
    ['no list', {}, 'invalid_redirect_uri'],
    ['an object in it', { redirect_uris: [{ toString: 'x' }] }, 'invalid_redirect_uri'],
    [
      'too many',
      { redirect_uris: Array.from({ length: 33 }, () => callback) },
      'invalid_redirect_uri',
    ],
    ['a list', [], 'invalid_client_metadata'],
    ['null', null, 'invalid_client_metadata'],
    ['no JSON', 'redirect_uris=x', 'invalid_client_metadata'],
    [
      'two lists',
      `{"redirect_uris":["${callback}"],"redirect_uris":["https://evil.example"]}`,
      'invalid_client_metadata',
    ],
    ['deep nesting', '['.repeat(1000), 'invalid_client_metadata'],
    [
      'a prototype',
      '{"__proto__":{"redirect_uris":["http://127.0.0.1/"]}}',
      'invalid_redirect_uri',
    ],
  ])('refuses %s', async (_what, body, error) => {
    const reply = await register(facadeRig(), body);
    expect(reply.status).toBe(400);
    expect((JSON.parse(reply.body) as { error: string }).error).toBe(error);
    expect(reply.body).not.toContain(clientId);
    expect(reply.body).not.toContain(secret);
  });

  it('refuses another media type', async () => {
    const reply = await register(
      facadeRig(),
      { redirect_uris: [callback] },
      { 'content-type': 'text/plain' },
    );
    expect(reply.body).toContain('invalid_client_metadata');
  });
});

describe('registration at the issuer', () => {
  const facade = { registration: 'proxy', client_id: null, client_secret: null };

  it('goes there as it came, after the check, and its answer comes back', async () => {
    const answer = '{"client_id":"new",  "client_secret":"of the client"}';
    const rig = facadeRig({ facade, answer: () => new Response(answer, { status: 201 }) });
    const body = `{ "redirect_uris": ["${callback}"], "scope": "mcp:tools" }`;
    expect(await register(rig, body)).toMatchObject({ status: 201, body: answer });
    expect(rig.sent).toMatchObject([{ url: `${issuer}/register`, body }]);
    expect((await register(rig, { redirect_uris: ['https://evil.example'] })).status).toBe(400);
    expect(rig.sent).toHaveLength(1);
  });

  it('hands its refusal on', async () => {
    const refusal = '{"error":"access_denied","error_description":"Invalid origin"}';
    const rig = facadeRig({ facade, answer: () => new Response(refusal, { status: 403 }) });
    const reply = await register(rig, { redirect_uris: [callback] });
    expect(reply).toMatchObject({ status: 403, body: refusal });
    expect(reply.headers['Access-Control-Allow-Origin']).toBe('*');
  });
});
