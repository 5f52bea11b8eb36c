import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../../plugins/mcp-oauth/config/config.js';
import { configError } from '../../../support/oauth/config-error.js';
import { pluginConfig } from '../../../support/oauth/plugin-config.js';
import { signingKey } from '../../../support/oauth/signing-key.js';
import { certificates } from '../../../support/tls/certificates.js';

const first = 'https://as.example.com';
const second = 'https://b.example.com';
let publicKeys: string;
let privateKeys: string;
let privateKey: string;

beforeAll(async () => {
  const { jwk, privateKey: key } = await signingKey('ES256');
  publicKeys = JSON.stringify({ keys: [jwk] });
  privateKeys = JSON.stringify({ keys: [await exportJWK(key)] });
  const rsa = await generateKeyPair('RS256', { extractable: true });
  privateKey = JSON.stringify(await exportJWK(rsa.privateKey));
});

const read = (own: Record<string, unknown>) => readConfig(pluginConfig(own));

describe('issuers', () => {
  it('accepts issuers beside those shown to clients, and shows no more', () => {
    const config = read({
      issuers: [
        { issuer: second, jwks: publicKeys },
        { issuer: `${second}/`, jwks_endpoint: 'https://keys.example.net/b' },
      ],
    });
    expect([...config.keySources.values()].map(({ kind }) => kind)).toEqual([
      'metadata',
      'inline',
      'endpoint',
    ]);
    expect([...config.keySources.keys()]).toEqual([first, second, `${second}/`]);
    expect(config.metadata['authorization_servers']).toEqual([first]);
  });

  it('gives an issuer that is shown its key source', () => {
    const config = read({ issuers: [{ issuer: first, jwks: publicKeys }] });
    expect([...config.keySources.values()]).toEqual([
      { kind: 'inline', keys: JSON.parse(publicKeys) as unknown },
    ]);
  });

  it.each<[string, string, () => Record<string, unknown>]>([
    ['one twice', 'issuers', () => ({ issuers: [{ issuer: second }, { issuer: second }] })],
    ['plain http', 'issuers', () => ({ issuers: [{ issuer: 'http://b.example.com' }] })],
    [
      'two sources',
      'issuers',
      () => ({ issuers: [{ issuer: second, jwks: publicKeys, jwks_endpoint: `${second}/k` }] }),
    ],
    ['private keys', 'issuers', () => ({ issuers: [{ issuer: second, jwks: privateKeys }] })],
    [
      'shared secrets',
      'issuers',
      () => ({ issuers: [{ issuer: second, jwks: '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}' }] }),
    ],
    ['no keys', 'issuers', () => ({ issuers: [{ issuer: second, jwks: '{"keys":[]}' }] })],
    ['no JSON', 'issuers', () => ({ issuers: [{ issuer: second, jwks: 'secret' }] })],
    [
      'a key address for two',
      'jwks_endpoint',
      () => ({ jwks_endpoint: `${first}/k`, issuers: [{ issuer: second }] }),
    ],
    [
      'two sources for the only one',
      'jwks_endpoint',
      () => ({ jwks_endpoint: `${first}/k`, metadata_discovery_endpoint: `${first}/m` }),
    ],
    [
      'a metadata address for two',
      'metadata_discovery_endpoint',
      () => ({
        authorization_servers: [first, second],
        metadata_discovery_endpoint: `${first}/m`,
      }),
    ],
    ['an empty path of scopes', 'scope_claims', () => ({ scope_claims: ['a..b'] })],
  ])('refuses %s', (_what, field, own) => {
    const error = configError(own());
    expect(error.field).toBe(field);
    expect(error.message).not.toMatch(/secret|c2VjcmV0/);
  });
});

describe('introspection', () => {
  const good = {
    introspection_endpoint: `${first}/introspect`,
    client_id: 'gateway',
    client_secret: 'secret-value',
  };

  it('belongs to the only issuer', () => {
    expect(read(good).introspection).toMatchObject({ issuer: first, jwtsToo: true });
    expect(read({}).introspection).toBeUndefined();
  });

  it('takes a key that says nothing of its algorithm by its type', () => {
    const own = { client_auth: 'private_key_jwt', client_jwk: privateKey };
    const client = read({ ...good, ...own }).introspection?.client;
    expect(client).toMatchObject({ method: 'private_key_jwt', key: { alg: 'RS256' } });
  });

  it.each<[string, string, () => Record<string, unknown>]>([
    ['no client', 'client_id', () => ({ client_id: undefined })],
    ['no secret', 'client_secret', () => ({ client_secret: undefined })],
    ['no key', 'client_jwk', () => ({ client_auth: 'private_key_jwt' })],
    [
      'a public key',
      'client_jwk',
      () => ({
        client_auth: 'private_key_jwt',
        client_jwk: JSON.stringify((JSON.parse(publicKeys) as { keys: unknown[] }).keys[0]),
      }),
    ],
    [
      'plain http',
      'introspection_endpoint',
      () => ({ introspection_endpoint: 'http://as.example/' }),
    ],
    ['several issuers', 'introspection_issuer', () => ({ authorization_servers: [first, second] })],
    ['a strange issuer', 'introspection_issuer', () => ({ introspection_issuer: `${first}/` })],
    ['args that replace the token', 'args', () => ({ args: { token: 'x' } })],
    ['headers that replace the secret', 'headers', () => ({ headers: { Authorization: 'x' } })],
  ])('refuses %s', (_what, field, own) => {
    const error = configError({ ...good, ...own() });
    expect(error.field).toBe(field);
    expect(error.message).not.toContain('secret-value');
  });
});

describe('outbound calls', () => {
  it('reads certificates, addresses and proxies', () => {
    const { ca } = certificates('DNS:x');
    const config = read({
      ca_certificates: `# ours\n${ca}\n${ca}`,
      allow_private_addresses: ['10.0.0.0/8', 'private'],
      https_proxy: 'http://me:secret@proxy.example:3128',
    });
    expect(config.outbound).toMatchObject({
      sslVerify: true,
      allow: ['10.0.0.0/8', 'private'],
      httpsProxy: 'http://me:secret@proxy.example:3128',
    });
    expect(config.outbound.caCertificates?.match(/BEGIN/g)).toHaveLength(2);
  });

  it.each([
    ['allow_private_addresses', { allow_private_addresses: ['10.0.0.0/99'] }],
    ['allow_private_addresses', { allow_private_addresses: ['intranet'] }],
    ['ca_certificates', { ca_certificates: '/etc/ssl/secret.pem' }],
    [
      'ca_certificates',
      { ca_certificates: '-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----' },
    ],
    ['http_proxy', { http_proxy: 'socks5://me:secret@proxy' }],
    ['https_proxy', { https_proxy: 'secret' }],
  ])('refuses %s where it is something else', (field, own) => {
    const error = configError(own);
    expect(error.field).toBe(field);
    expect(error.message).not.toMatch(/secret|c2VjcmV0/);
  });
});
