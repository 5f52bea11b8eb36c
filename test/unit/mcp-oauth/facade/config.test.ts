import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../plugins/mcp-oauth/config/config.js';
import { facadeAsked } from '../../../../plugins/mcp-oauth/core/facade/facade-asked.js';
import { fakeNode } from '../../../support/aggregate/fake-siblings.js';
import { until } from '../../../support/readiness.js';
import { RootClaims } from '../../../../plugins/mcp-oauth/io/facade/root-claims.js';
import { providerNames, providerPresets } from '../../../../schema/oauth/oauth-presets.js';
import { facadeFields } from '../../../../schema/oauth/oauth-facade.js';
import {
  clientId,
  facadeOf,
  facadeRig,
  issuer,
  resource,
} from '../../../support/oauth/facade-rig.js';
import { pluginConfig } from '../../../support/oauth/plugin-config.js';

const read = (facade: object, own: object = {}) =>
  readConfig(pluginConfig({ facade: facadeOf(facade as never), ...own } as never));

const dpop = { algorithms: ['ES256'], proof_lifetime: 60, require_nonce: false };

describe('a facade’s configuration', () => {
  it.each([
    ['a secret without value', { client_secret: '' }, 'facade.client_secret'],
    ['a client without value', { client_id: '' }, 'facade.client_id'],
    ['a key without value', { client_jwk: '' }, 'facade.client_jwk'],
    ['no client', { client_id: null }, 'facade.client_id'],
    [
      'a secret without client',
      { client_id: null, registration: 'proxy', client_secret: 'x' },
      'facade.client_id',
    ],
    ['private_key_jwt without key', { client_auth: 'private_key_jwt' }, 'facade.client_jwk'],
    [
      'private_key_jwt with a secret',
      { client_auth: 'private_key_jwt', client_secret: 'x' },
      'facade.client_secret',
    ],
    ['a key for another method', { client_jwk: '{}' }, 'facade.client_jwk'],
    [
      'a key that is none',
      { client_auth: 'private_key_jwt', client_jwk: '{}' },
      'facade.client_jwk',
    ],
    ['a value of resource that is not sent', { resource_value: 'x' }, 'facade.resource_value'],
    ['no value of resource', { resource_parameter: 'replace' }, 'facade.resource_value'],
    ['a wildcard', { redirect_uris: ['https://*.example.com/'] }, 'facade.redirect_uris'],
  ])('is refused with %s', (_what, facade, field) => {
    expect(() => read(facade)).toThrow(field);
  });

  it('is refused with several issuers', () => {
    const own = { authorization_servers: [issuer, 'https://other.example'] };
    expect(() => read({}, own)).toThrow('facade');
  });

  it.each([
    ['dpop.mode', (mode: string) => ({ dpop: { ...dpop, mode } })],
    ['mtls_bound_tokens', (mode: string) => ({ mtls_bound_tokens: mode })],
  ])('is refused with %s of required, since none of its tokens would pass', (field, own) => {
    expect(() => read({}, own('required'))).toThrow(`${field}: cannot be required beside a facade`);
    expect(() => read({}, own('allowed'))).not.toThrow();
    expect(() => readConfig(pluginConfig(own('required') as never))).not.toThrow();
  });

  it('no error shows a value', () => {
    try {
      read({ client_id: null, registration: 'proxy', client_secret: 'a secret of it' });
    } catch (error) {
      expect(String(error)).not.toContain('a secret of it');
    }
  });

  it('makes the metadata of the resource name the facade, under each host', () => {
    const config = read({}, { resource_origins: ['https://mcp.example.org'] });
    expect(config.metadata['authorization_servers']).toEqual([resource]);
    const other = config.perHost?.get('mcp.example.org');
    expect(other?.metadata['authorization_servers']).toEqual(['https://mcp.example.org/mcp']);
  });
});

describe('the audience', () => {
  const at = (own: Record<string, unknown>, host: string) => {
    const origins = { resource_origins: ['https://mcp.example.org'] };
    return read({ provider: 'auth0', ...own }, origins).perHost?.get(host)?.facade?.audience;
  };

  it('is the resource of the host asked for, since only a token for that passes there', () => {
    expect(at({}, new URL(resource).hostname)).toBe(resource);
    expect(at({}, 'mcp.example.org')).toBe('https://mcp.example.org/mcp');
  });

  it('is what is configured under each host', () => {
    expect(at({ audience: resource }, 'mcp.example.org')).toBe(resource);
  });
});

describe('presets', () => {
  it('are asked of a configuration with a facade only: Kong does not fill an absent one', () => {
    expect(facadeFields.facade.spec.required).toBe(false);
  });

  it('are those that the schema names', () => {
    const { fields } = facadeFields.facade.spec;
    const provider = fields?.find((field) => 'provider' in field)?.['provider'];
    expect([...(provider?.one_of ?? [])].sort()).toEqual([...providerNames].sort());
  });

  it.each(providerNames)('%s: gives what is left out, and nothing that is written', (provider) => {
    const preset = providerPresets[provider];
    const left = read({ provider });
    expect(left.tokenTypes).toEqual(preset.token_types);
    expect(left.facade).toMatchObject({
      registration: preset.registration,
      dropScopes: preset.drop_scopes,
      addParameters: preset.add_parameters,
      audience: preset.audience === 'resource' ? resource : undefined,
    });
    const written = read(
      {
        provider,
        registration: 'static',
        drop_scopes: [],
        add_parameters: {},
        audience: 'x',
        resource_parameter: 'keep',
      },
      { token_types: ['at+jwt'] },
    );
    expect(written.tokenTypes).toEqual(['at+jwt']);
    expect(written.facade).toMatchObject({
      registration: 'static',
      dropScopes: [],
      addParameters: {},
      audience: 'x',
      resourceAs: undefined,
    });
  });
});

describe('metadata of the facade', () => {
  it('is the issuer’s, but for what the facade changes', async () => {
    const metadata = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      pushed_authorization_request_endpoint: `${issuer}/par`,
      require_pushed_authorization_requests: true,
      mtls_endpoint_aliases: { token_endpoint: `${issuer}/mtls` },
      authorization_response_iss_parameter_supported: true,
      dpop_signing_alg_values_supported: ['ES256'],
      signed_metadata: 'x.y.z',
      client_id_metadata_document_supported: true,
      scopes_supported: ['openid', 'offline_access'],
      jwks_uri: `${issuer}/keys`,
      ui_locales_supported: ['de'],
    };
    const rig = facadeRig({ metadata, facade: { drop_scopes: ['offline_access'], jwks: 'proxy' } });
    const shown = JSON.parse((await rig.ask('metadata')).body) as object;
    expect(shown).toEqual({
      issuer: resource,
      authorization_endpoint: `${resource}/authorize`,
      token_endpoint: `${resource}/token`,
      registration_endpoint: `${resource}/register`,
      jwks_uri: `${resource}/jwks`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
      client_id_metadata_document_supported: true,
      scopes_supported: ['openid'],
      ui_locales_supported: ['de'],
    });
    const root = JSON.parse((await rig.ask('root_metadata')).body) as object;
    expect(root).toEqual({ ...shown, issuer: new URL(resource).origin });
  });

  it('claims no registration that the issuer has not, nor client documents', async () => {
    const metadata = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
    };
    const facade = { registration: 'proxy', client_id: null, client_secret: null };
    const shown = (await facadeRig({ metadata, facade }).ask('metadata')).body;
    expect(shown).not.toContain('registration_endpoint');
    expect(shown).not.toContain('client_id_metadata_document_supported');
    expect(shown).not.toContain(clientId);
  });
});

describe('paths', () => {
  const { facade } = read({ serve_root: true });
  const place = { resource, facade: facade! };
  const ask = (method: string, path: string, owns = true) =>
    facadeAsked(place, method, path, () => owns);

  it.each([
    ['GET', '/.well-known/oauth-authorization-server/mcp', 'metadata'],
    ['GET', '/.well-known/openid-configuration/mcp', 'metadata'],
    ['HEAD', '/mcp/.well-known/openid-configuration', 'metadata'],
    ['GET', '/.well-known/oauth-authorization-server', 'root_metadata'],
    ['GET', '/mcp/authorize', 'authorize'],
    ['GET', '/authorize', 'authorize'],
    ['POST', '/token', 'token'],
    ['POST', '/mcp/revoke', 'revoke'],
  ])('%s %s is for %s', (method, path, endpoint) => {
    expect(ask(method, path)).toEqual({ kind: 'endpoint', endpoint });
  });

  it.each([
    '/mcp',
    '/mcp/authorize/',
    '/mcp/Authorize',
    '/mcp/%61uthorize',
    '/mcp//authorize',
    '/mcp/authorize.php',
    '/x/../mcp/authorize',
    '/mcp/jwks',
    '/revoke',
  ])('%s is none of its', (path) => {
    expect(ask('GET', path)).toBeUndefined();
  });

  it.each([
    ['POST', '/mcp/authorize', 405],
    ['GET', '/mcp/token', 405],
    ['DELETE', '/mcp/register', 405],
    ['PUT', '/.well-known/oauth-authorization-server/mcp', 405],
    ['OPTIONS', '/mcp/token', 204],
    ['GET', '/.well-known/oauth-authorization-server/other', 404],
    ['GET', '/.well-known/openid-configuration/mcp/', 404],
  ])('%s %s is answered %i, in browsers too', (method, path, status) => {
    const asked = ask(method, path);
    expect(asked).toMatchObject({ kind: 'reply', reply: { status } });
    const { headers } = (asked as { reply: { headers: object } }).reply;
    expect(headers).toMatchObject({ 'Access-Control-Allow-Origin': '*' });
  });

  it('the root of two is nobody’s', () => {
    const reply = { status: 503 };
    expect(ask('GET', '/authorize', false)).toMatchObject({ kind: 'reply', reply });
    expect(ask('GET', '/mcp/authorize', false)).toMatchObject({ kind: 'endpoint' });
  });

  it('a claim that nobody renews lapses', () => {
    let now = 0;
    const claims = new RootClaims(() => now);
    expect(claims.claim(resource)).toBe(true);
    expect(claims.claim('https://mcp.example.com/b')).toBe(false);
    expect(claims.claim('https://other.example.com/b')).toBe(true);
    now = 59_000;
    expect(claims.claim(resource)).toBe(false);
    now = 61_000;
    expect(claims.claim(resource)).toBe(true);
  });

  it('workers tell each other of claims', async () => {
    const [one, other] = fakeNode(2).workers.map((worker) => new RootClaims(() => 0, worker));
    expect(one!.claim(resource)).toBe(true);
    await until(() => !other!.claim('https://mcp.example.com/b'), { what: 'nothing was told' });
    await until(() => !one!.claim(resource), { what: 'nothing was told back' });
  });
});
