import { exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { clientProof } from '../../../../lib/outbound/client-authentication.js';

const clientId = 'gateway:1 ü';
const secret = 's+c&r=t/%';

it('client_secret_basic encodes both halves as RFC 6749 §2.3.1 asks', async () => {
  const method = 'client_secret_basic';
  const { headers, form } = await clientProof({ method, clientId, secret }, 0);
  expect(form).toEqual({});
  const [scheme, credentials = ''] = headers['authorization']?.split(' ') ?? [];
  expect(scheme).toBe('Basic');
  expect(Buffer.from(credentials, 'base64').toString()).toBe(
    'gateway%3A1+%C3%BC:s%2Bc%26r%3Dt%2F%25',
  );
});

it('client_secret_post puts them into the form', async () => {
  const proof = await clientProof({ method: 'client_secret_post', clientId, secret }, 0);
  expect(proof).toEqual({ headers: {}, form: { client_id: clientId, client_secret: secret } });
});

describe.each(['RS256', 'ES256', 'EdDSA'])('private_key_jwt with %s', (alg) => {
  it('signs an assertion that is short-lived and good once', async () => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const key = { ...(await exportJWK(privateKey)), alg, kid: 'gw-1' };
    const audience = 'https://as.example.com';
    const now = Date.now();
    const client = { method: 'private_key_jwt', clientId, key, audience } as const;
    const [{ headers, form }, again] = await Promise.all([
      clientProof(client, now),
      clientProof(client, now),
    ]);
    expect(headers).toEqual({});
    expect(form).toMatchObject({
      client_id: clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    const { payload, protectedHeader } = await jwtVerify(form['client_assertion'] ?? '', publicKey);
    const issued = Math.floor(now / 1000);
    expect(payload).toEqual({
      iss: clientId,
      sub: clientId,
      aud: audience,
      iat: issued,
      exp: issued + 60,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(protectedHeader).toEqual({ alg, kid: 'gw-1', typ: 'JWT' });
    expect(again.form['client_assertion']).not.toBe(form['client_assertion']);
  });
});
