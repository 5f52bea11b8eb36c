import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../plugins/mcp-oauth/config/config.js';
import { configError } from '../../support/oauth/config-error.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';

describe('resource', () => {
  it.each([
    ['https://mcp.example.com'],
    ['https://mcp.example.com/mcp'],
    ['https://mcp.example.com:8443/a/b'],
    ['http://localhost:8000/mcp'],
    ['http://127.0.0.1/mcp'],
    ['http://[::1]:8000/mcp'],
    ['http://demo.localhost/mcp'],
  ])('accepts %s', (resource) => {
    expect(readConfig(pluginConfig({ resource })).audiences).toEqual([resource]);
  });

  it.each([
    ['https://MCP.example.com/mcp', /must be written https:\/\/mcp\.example\.com\/mcp$/],
    ['HTTPS://mcp.example.com/mcp', /must be written/],
    ['https://mcp.example.com/', /must be written https:\/\/mcp\.example\.com$/],
    ['https://mcp.example.com/mcp/', /must be written/],
    ['https://mcp.example.com:443/mcp', /must be written/],
    ['https://mcp.example.com/a/../mcp', /must be written/],
    ['https://mcp.example.com/a//b', /empty segments/],
    ['https://mcp.example.com/a%20b', /escapes/],
    ['https://mcp.example.com/ä', /escapes/],
    ['https://mcp.example.com/mcp?x=1', /query/],
    ['https://mcp.example.com/mcp#x', /fragment/],
    ['https://me:secret@mcp.example.com/mcp', /credentials/],
    ['http://mcp.example.com/mcp', /https/],
    ['http://127.0.0.1.example.com/mcp', /https/],
    ['ftp://127.0.0.1/mcp', /https/],
    ['mcp.example.com/mcp', /URL/],
  ])('refuses %s and says what to write', (resource, message) => {
    const error = configError({ resource });
    expect(error.field).toBe('resource');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('secret');
  });
});

describe('issuers and keys', () => {
  const two = ['https://a.example.com', 'https://b.example.com'];

  it('accepts a key set address with one issuer', () => {
    const config = readConfig(pluginConfig({ jwks_endpoint: 'https://as.example.com/keys?v=1' }));
    expect(config.keySources.get('https://as.example.com')).toEqual({
      kind: 'endpoint',
      url: new URL('https://as.example.com/keys?v=1'),
    });
  });

  it.each([
    ['jwks_endpoint', { jwks_endpoint: 'https://k.example.com', authorization_servers: two }],
    ['jwks_endpoint', { jwks_endpoint: 'http://k.example.com/keys' }],
    ['authorization_servers', { authorization_servers: ['http://as.example.com'] }],
    ['authorization_servers', { authorization_servers: ['https://as.example.com?x=1'] }],
    ['authorization_servers', { authorization_servers: [two[0]!, two[0]!] }],
    ['authorization_servers', { authorization_servers: [] }],
    ['extra_audiences', { extra_audiences: [''] }],
    ['required_scopes', { required_scopes: ['offline_access'] }],
    ['scopes_supported', { scopes_supported: ['mcp:tools', 'offline_access'] }],
    ['metadata_extra', { metadata_extra: { resource: 'https://evil.example.com' } }],
    ['metadata_extra', { metadata_extra: { authorization_servers: 'https://evil' } }],
  ])('names %s when refusing %j', (field, own) => {
    expect(configError(own).field).toBe(field);
  });
});

describe('claim_to_header', () => {
  it.each([
    ['Authorization'],
    ['Host'],
    ['Content-Length'],
    ['Transfer-Encoding'],
    ['Connection'],
    ['Cookie'],
    ['X-Forwarded-For'],
    ['X-Consumer-Username'],
    ['X-Mcp-Handle'],
    ['X-MCP-Limit-Key'],
    ['Mcp-Session-Id'],
    ['Mcp-Method'],
  ])('must not target %s', (header) => {
    expect(configError({ claim_to_header: [{ claim: 'sub', header }] }).field).toBe(
      'claim_to_header',
    );
  });

  it('must not target one header twice, in whatever case', () => {
    const error = configError({
      claim_to_header: [
        { claim: 'sub', header: 'X-User' },
        { claim: 'email', header: 'x-user' },
      ],
    });
    expect(error.message).toMatch(/twice/);
  });
});

describe('empty values as Kong may send them', () => {
  it('takes null and an empty object for an empty list', () => {
    const config = readConfig(
      pluginConfig({ required_scopes: null, claim_to_header: {} } as never),
    );
    expect(config.requiredScopes).toEqual([]);
    expect(config.claimHeaders).toEqual([]);
  });

  it('refuses another shape than a list, so that no requirement gets lost', () => {
    expect(configError({ required_scopes: 'mcp:tools' } as never).field).toBe('required_scopes');
  });
});

it('gives equal hashes to equal configurations and different ones otherwise', () => {
  const hash = (own: Record<string, unknown>) => readConfig(pluginConfig(own)).hash;
  expect(hash({ __seq__: 1 })).toBe(hash({ __seq__: 2 }));
  expect(hash({ jwt_claims_leeway: 1 })).not.toBe(hash({ jwt_claims_leeway: 2 }));
});
