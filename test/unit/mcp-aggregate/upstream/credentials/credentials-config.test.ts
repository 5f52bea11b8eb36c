import { generateKeyPair, exportJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { readAuth } from '../../../../../plugins/mcp-aggregate/config/servers/auth-config.js';
import { clientAuthentication } from '../../../../../plugins/mcp-aggregate/upstream/credentials/token-request.js';
import type { ServerKongConfig } from '../../../../../schema/mcp-aggregate.js';

const client = {
  token_endpoint: 'https://as.example/token',
  client_id: 'gateway',
  client_auth: 'client_secret_basic',
  client_secret: 'secret',
};

/** As Kong hands it over: what is not set is null. */
function read(auth: object | null, more: object = {}) {
  const server = { name: 's', url: 'https://up.example/mcp', headers: {}, ...more };
  const whole = auth && { ssl_verify: true, allow_private_addresses: [], ...auth };
  return readAuth('servers[s]', { ...server, auth: whole } as unknown as ServerKongConfig);
}

describe('auth of a server', () => {
  it('may be absent', () => {
    expect(read(null)).toBeUndefined();
  });

  it.each<[string, object, object, RegExp]>([
    [
      'a server that is no url',
      { client_credentials: client },
      { url: null, stdio: 'x' },
      /url and route servers only/,
    ],
    [
      'a token endpoint over http',
      { client_credentials: { ...client, token_endpoint: 'http://as.example/t' } },
      {},
      /token_endpoint.*https/,
    ],
    [
      'a client without secret',
      { client_credentials: { ...client, client_secret: null } },
      {},
      /client_secret.*client_secret_basic/,
    ],
    [
      'private_key_jwt without key',
      { client_credentials: { ...client, client_auth: 'private_key_jwt' } },
      {},
      /client_jwk.*private_key_jwt/,
    ],
    [
      'a second Authorization',
      { client_credentials: client },
      { headers: { authorization: 'x' } },
      /exclude each other/,
    ],
  ])('is refused for %s', (_what, auth, more, why) => {
    expect(() => read(auth, more)).toThrow(why);
  });

  it('may be token_exchange alone: lists then are each caller’s own', () => {
    expect(read({ token_exchange: client })?.clientCredentials).toBeUndefined();
  });

  it('never quotes a secret in a refusal', () => {
    const bad = { ...client, client_auth: 'private_key_jwt', client_jwk: '{"kty":"psst"' };
    const { clientCredentials } = read({ client_credentials: bad })!;
    expect(() => clientAuthentication('f', clientCredentials!)).toThrow(
      /^f\.client_jwk: is not JSON$/,
    );
  });

  it('reads token_exchange with what Kong leaves null', () => {
    const nulls = { request: null, cache: null, client_jwk: null };
    const auth = read({ client_credentials: client, token_exchange: { ...client, ...nulls } });
    expect(auth?.tokenExchange).toMatchObject({
      subjectTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      requestedTokenType: undefined,
      audience: [],
      scopes: [],
      ttlSeconds: 300,
    });
  });

  it('lets a token endpoint on loopback be called without an entry, and no other', () => {
    const local = { ...client, token_endpoint: 'http://127.0.0.1:4000/token' };
    expect(read({ client_credentials: local })?.outbound.allow).toEqual(['loopback']);
    expect(read({ client_credentials: client })?.outbound.allow).toEqual([]);
  });

  it('takes a private key whose alg says how to sign', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = await exportJWK(privateKey);
    const authentication = (jwk: object) => {
      const own = { ...client, client_auth: 'private_key_jwt', client_jwk: JSON.stringify(jwk) };
      return clientAuthentication('f', read({ client_credentials: own })!.clientCredentials!);
    };
    expect(authentication({ ...key, alg: 'ES256' })).toMatchObject({
      method: 'private_key_jwt',
      clientId: 'gateway',
      audience: 'https://as.example/token',
    });
    expect(() => authentication(key)).toThrow(/`kty` and `alg`/);
  });
});
