import { describe, expect, it } from 'vitest';
import { checkField } from '../../../schema/check/check.js';
import type { Errors } from '../../../schema/check/check.js';
import type { FieldSpec, PluginSchema } from '../../../schema/fields.js';
import { aggregateSchema } from '../../../schema/mcp-aggregate.js';
import { oauthSchema } from '../../../schema/mcp-oauth.js';

const specOf = ({ fields }: PluginSchema) =>
  fields.find((field) => 'config' in field)!['config'] as FieldSpec;
const check = (schema: PluginSchema, config: object) =>
  checkField(specOf(schema), config, () => 'resolved');

/** Every error as `place: text`. */
function flat(errors: Errors | undefined, at = ''): string[] {
  if (errors === undefined) return [];
  if (typeof errors === 'string') return [`${at}: ${errors}`];
  return Object.entries(errors).flatMap(([key, inner]) => flat(inner, at ? `${at}.${key}` : key));
}

const oauth = (more: object) =>
  flat(
    check(oauthSchema, {
      resource: 'https://x.example/mcp',
      authorization_servers: ['https://as.example'],
      ...more,
    }).errors,
  );
const aggregate = (more: object) => flat(check(aggregateSchema, more).errors);
const server = (more: object) =>
  aggregate({ servers: [{ name: 'a', url: 'https://s.example/mcp', ...more }] });
const child = (more: object) => aggregate({ servers: [{ name: 'a', stdio: 'a', ...more }] });
const secureOnly = 'must use https; http is for localhost, 127.0.0.0/8 and [::1] only';
const reference = '{vault://env/secret}';

describe('Kong refuses what mcp-oauth would refuse', () => {
  it.each<[object, string]>([
    [{ resource: 'http://a.example.com/mcp' }, `resource: ${secureOnly}`],
    [{ resource: 'http://127.0.0.1.example/mcp' }, `resource: ${secureOnly}`],
    [{ resource: 'https://a.example/mcp/' }, 'resource: must not end with a slash'],
    [{ resource: 'https://a.Example/mcp' }, 'resource: the host must be in lower case'],
    [{ resource: 'https://a.example:443/mcp' }, 'resource: must leave out the default port'],
    [{ resource: 'https://a.example/a%20b' }, 'resource: must not have escapes in its path'],
    [{ resource: 'https://a.example/a//b' }, 'resource: must not have empty segments in its path'],
    [{ resource: 'https://a.example/a/../b' }, 'resource: must not have dot segments in its path'],
    [{ resource: 'https://u@a.example/mcp' }, 'resource: must not hold credentials'],
    [
      { authorization_servers: ['https://as.example', 'http://as.example'] },
      `authorization_servers.2: ${secureOnly}`,
    ],
    [
      { introspection_endpoint: 'https://as.example/i', client_secret: 's' },
      '@entity.1: introspection_endpoint needs client_id',
    ],
    [
      { introspection_endpoint: 'https://as.example/i', client_id: 'c' },
      '@entity.1: introspection_endpoint needs client_secret, or client_jwk where client_auth is private_key_jwt',
    ],
    [
      { jwks_endpoint: 'https://a.example/k', metadata_discovery_endpoint: 'https://a.example/m' },
      "@entity.1: only one or none of these fields must be set: 'jwks_endpoint', 'metadata_discovery_endpoint'",
    ],
    [
      { jwks_endpoint: 'https://a.example/k', issuers: [{ issuer: 'https://as.example' }] },
      "@entity.1: these sets are mutually exclusive: ('jwks_endpoint'), ('issuers')",
    ],
    [
      { required_scopes: ['offline_access'] },
      'required_scopes.1: offline_access is no scope of a resource: leave it out',
    ],
    [
      { claim_to_header: [{ claim: 'sub', header: 'Mcp-Name' }] },
      'claim_to_header.1.header: steers routing, trust or the protocol: name another header',
    ],
    [{ headers: { Authorization: 'x' } }, 'headers: is set by the gateway: leave it out'],
    [
      { resource_name: `a ${reference}` },
      'resource_name: vault references are not resolved in this field: write the value itself',
    ],
  ])('%j', (config, expected) => {
    expect(oauth(config)).toEqual([expected]);
  });

  it('one issuer for keys that name none, and for a consumer by claim', () => {
    const authorization_servers = ['https://a.example', 'https://b.example'];
    for (const field of ['jwks_endpoint', 'metadata_discovery_endpoint']) {
      expect(oauth({ authorization_servers, [field]: 'https://a.example/k' })).toEqual([
        'authorization_servers: length must be at most 1',
        `@entity.1: ${field} is for a single issuer: with several, use issuers`,
      ]);
    }
    expect(oauth({ authorization_servers, consumer_claim: ['sub'] })).toEqual([
      'authorization_servers: length must be at most 1',
      '@entity.1: consumer_claim is for a single issuer: with several, use issuer_consumers',
    ]);
  });

  it('and takes the same issuer once', () => {
    const twice = { authorization_servers: ['https://as.example', 'https://as.example'] };
    const { value } = check(oauthSchema, { resource: 'https://x.example/mcp', ...twice });
    expect(value).toMatchObject({ authorization_servers: ['https://as.example'] });
  });
});

describe('Kong refuses what mcp-aggregate would refuse', () => {
  it.each<[string, string[], string]>([
    ['no server', aggregate({}), '@entity.1: servers is needed unless mode is internal'],
    [
      'credentials',
      server({ url: 'https://u:p@s.example' }),
      'servers.1.url: must not hold credentials: put them into headers',
    ],
    [
      'a session',
      server({ stdio_scope: 'session' }),
      'servers.1.@entity.1: stdio_scope session is for stdio servers',
    ],
    [
      'tokens for a child',
      child({
        auth: {
          client_credentials: {
            token_endpoint: 'https://as.example/t',
            client_id: 'c',
            client_secret: 's',
          },
        },
      }),
      "servers.1.@entity.1: only one or none of these fields must be set: 'stdio', 'auth'",
    ],
    [
      'a client without secret',
      server({
        auth: { client_credentials: { token_endpoint: 'https://as.example/t', client_id: 'c' } },
      }),
      'servers.1.auth.client_credentials.@entity.1: client_secret is needed for client_secret_basic',
    ],
    [
      'a forbidden header',
      server({ forward_headers: ['cOOkie'] }),
      'servers.1.forward_headers.1: is never handed on to servers: leave it out',
    ],
    [
      'a header of ours',
      server({ headers: { 'mcp-session-id': 'x' } }),
      'servers.1.headers: is set by the gateway: leave it out',
    ],
    [
      'a reference inside a longer value',
      server({ headers: { Authorization: `Bearer ${reference}` } }),
      'servers.1.headers.Authorization: a vault reference must be the whole value: put the rest of the text, as `Bearer `, into the secret too',
    ],
    [
      'a path that Kong would change',
      aggregate({ servers: [{ name: 'a', route: { path: '/a//b' } }] }),
      'servers.1.route.path: must not hold //, /./ or /../: Kong would match another path',
    ],
  ])('%s', (_title, errors, expected) => {
    expect(errors).toEqual([expected]);
  });

  it('a name for TLS without TLS', () => {
    expect(server({ url: 'http://s.example', ssl_server_name: 'x' })).toEqual([
      'servers.1.url: invalid value: http://s.example',
      'servers.1.@entity.1: ssl_server_name is for https servers only',
    ]);
  });

  it('direct calls over the transport of 2024-11-05', () => {
    expect(server({ transport: 'sse', direct: true })).toEqual([
      'servers.1.direct: value must be false',
      'servers.1.@entity.1: direct does not go with transport sse',
    ]);
  });

  it('what only an endpoint has, in mode internal', () => {
    const internal = { mode: 'internal' };
    expect(aggregate(internal)).toEqual([]);
    expect(aggregate({ ...internal, anonymous: true })).toContain(
      '@entity.1: anonymous has no meaning in mode internal: put it on the endpoint',
    );
    const servers = [{ name: 'a', stdio: 'a' }];
    expect(aggregate({ ...internal, servers })).toContain('servers: value must be null');
  });
});

describe('an error says what is wrong and no more', () => {
  it('inside servers, where the mode has nothing to do with it', () => {
    expect(server({ timeout: 1 })).toEqual([
      'servers.1.timeout: value should be between 100 and 3600000',
    ]);
  });

  it('inside a list that a condition counts', () => {
    expect(oauth({ authorization_servers: ['nothing'], consumer_claim: ['sub'] })).toEqual([
      `authorization_servers.1: invalid value: nothing`,
    ]);
  });
});

describe('a vault reference', () => {
  it('is taken as a whole, and no check between fields reads it', () => {
    expect(server({ headers: { Authorization: reference } })).toEqual([]);
    expect(server({ client_certificate: reference, url: 'http://s.example' })).toEqual([]);
    const introspection_endpoint = 'https://as.example/i';
    expect(
      oauth({ introspection_endpoint, client_id: reference, client_secret: reference }),
    ).toEqual([]);
  });
});
