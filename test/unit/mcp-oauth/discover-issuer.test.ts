import { beforeAll, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../../lib/log.js';
import type { Fetch } from '../../../lib/outbound/outbound-fetch.js';
import { signingKey } from '../../support/oauth/signing-key.js';
import type { SigningKey } from '../../support/oauth/signing-key.js';
import {
  json,
  keySetPath,
  oauthMetadataPath,
  testIssuer,
} from '../../support/oauth/test-issuer.js';
import { goodToken, uncachedVerifier } from '../../support/oauth/uncached-verifier.js';

let key: SigningKey;

beforeAll(async () => {
  setLogLevel('error');
  key = await signingKey('ES256');
});

const verified = { kind: 'verified' };
const unavailable = { kind: 'unavailable' };

describe('where metadata is looked for', () => {
  it.each([
    ['', '/.well-known/oauth-authorization-server'],
    ['', '/.well-known/openid-configuration'],
    ['/', '/.well-known/openid-configuration'],
    ['/t/one', '/.well-known/oauth-authorization-server/t/one'],
    ['/t/one', '/t/one/.well-known/openid-configuration'],
    ['/t/one/', '/.well-known/oauth-authorization-server/t/one'],
  ])('of an issuer with path %j: %s', async (path, place) => {
    await using issuer = await testIssuer(key);
    const name = `${issuer.url}${path}`;
    issuer.routes.delete(oauthMetadataPath);
    issuer.routes.set(place, json({ issuer: name, jwks_uri: `${issuer.url}${keySetPath}` }));
    expect(await uncachedVerifier(name)(await goodToken(name, key))).toMatchObject(verified);
  });

  it('looks at the second place when the first names another issuer', async () => {
    await using issuer = await testIssuer(key);
    const good = issuer.routes.get(oauthMetadataPath)!;
    issuer.routes.set(oauthMetadataPath, json({ issuer: 'https://evil.example', jwks_uri: 'x' }));
    issuer.routes.set('/.well-known/openid-configuration', good);
    const verdict = await uncachedVerifier(issuer.url)(await goodToken(issuer.url, key));
    expect(verdict).toMatchObject(verified);
  });
});

describe('metadata that must not be used', () => {
  it.each<[string, (url: string) => unknown]>([
    ['names another issuer', (url) => ({ issuer: `${url}/`, jwks_uri: `${url}${keySetPath}` })],
    ['has no jwks_uri', (url) => ({ issuer: url })],
    ['has a jwks_uri that is no URL', (url) => ({ issuer: url, jwks_uri: keySetPath })],
    ['is null', () => null],
    ['is a list', () => []],
  ])('%s', async (_what, document) => {
    await using issuer = await testIssuer(key);
    issuer.routes.set(oauthMetadataPath, json(document(issuer.url)));
    const verdict = await uncachedVerifier(issuer.url)(await goodToken(issuer.url, key));
    expect(verdict).toEqual(unavailable);
    expect(issuer.hits(keySetPath)).toBe(0);
  });

  it.each([
    ['https://as.example.com', 'https://keys.example.net/k', true],
    ['https://as.example.com', 'http://as.example.com/k', false],
    ['https://as.example.com', 'http://127.0.0.1:8001/k', false],
    ['http://127.0.0.1:9000', 'http://192.0.2.1/k', false],
    ['http://127.0.0.1:9000', 'http://localhost:9001/k', true],
    ['https://as.example.com', 'file:///etc/passwd', false],
    ['https://as.example.com', 'data:application/json,{}', false],
  ])('%s with its keys at %s: used %s', async (issuer, jwksUri, used) => {
    const asked: string[] = [];
    const network: Fetch = async (input) => {
      const url = (input as URL).href;
      asked.push(url);
      return Response.json(url === jwksUri ? { keys: [key.jwk] } : { issuer, jwks_uri: jwksUri });
    };
    const verify = uncachedVerifier(issuer, {}, { fetch: network });
    expect(await verify(await goodToken(issuer, key))).toMatchObject(used ? verified : unavailable);
    expect(asked.includes(jwksUri)).toBe(used);
  });
});
