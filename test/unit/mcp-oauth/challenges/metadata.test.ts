import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { luaPattern } from '../../../../schema/check/lua-pattern.js';
import { oauthFields } from '../../../../schema/mcp-oauth.js';
import { readConfig } from '../../../../plugins/mcp-oauth/config/config.js';
import { configAt } from '../../../../plugins/mcp-oauth/core/resource/resource-origins.js';
import { Plugin } from '../../../../plugins/mcp-oauth/plugin.js';
import { fakeKong } from '../../../support/fake-kong-port.js';
import { configError } from '../../../support/oauth/config-error.js';
import { pluginConfig } from '../../../support/oauth/plugin-config.js';

const read = (own: Parameters<typeof pluginConfig>[0]) => readConfig(pluginConfig(own));

describe('the metadata document', () => {
  it('has every member that is configured', () => {
    const document = read({
      scopes_supported: ['a', 'b'],
      resource_name: 'Tools',
      resource_documentation: 'https://example.com/docs',
      resource_policy_uri: 'https://example.com/policy',
      resource_tos_uri: 'https://example.com/terms',
      resource_signing_alg_values_supported: ['ES256'],
      metadata_extra: {
        'resource_name#fr': 'Outils',
        jwks_uri: 'https://example.com/keys',
        mcp_servers: '["a", "b"]',
        limits: '{"per_hour": 5}',
        beta: 'true',
        stable: 'false',
        release: '1.0',
        motto: 'truely [sic]',
      },
    }).metadata;
    expect(document).toEqual({
      resource: 'https://mcp.example.com/mcp',
      authorization_servers: ['https://as.example.com'],
      scopes_supported: ['a', 'b'],
      bearer_methods_supported: ['header'],
      resource_signing_alg_values_supported: ['ES256'],
      resource_name: 'Tools',
      'resource_name#fr': 'Outils',
      resource_documentation: 'https://example.com/docs',
      resource_policy_uri: 'https://example.com/policy',
      resource_tos_uri: 'https://example.com/terms',
      jwks_uri: 'https://example.com/keys',
      mcp_servers: ['a', 'b'],
      limits: { per_hour: 5 },
      beta: true,
      stable: false,
      release: '1.0',
      motto: 'truely [sic]',
    });
  });

  it('has no member that is not configured, and no empty one (RFC 9728 §2)', () => {
    const empty = { resource_name: null, resource_tos_uri: '', metadata_extra: null };
    expect(read(empty as never).metadata).toEqual({
      resource: 'https://mcp.example.com/mcp',
      authorization_servers: ['https://as.example.com'],
      bearer_methods_supported: ['header'],
    });
  });

  it.each([
    'resource',
    'authorization_servers',
    'scopes_supported',
    'bearer_methods_supported',
    'resource_name',
    'resource_documentation',
    'resource_policy_uri',
    'resource_tos_uri',
    'resource_signing_alg_values_supported',
    'signed_metadata',
    'tls_client_certificate_bound_access_tokens',
    'dpop_bound_access_tokens_required',
    'dpop_signing_alg_values_supported',
    'resource#fr',
    'signed_metadata#fr',
  ])('lets metadata_extra not set %s', (name) => {
    const refusal = configError({ metadata_extra: { [name]: 'x' } });
    expect(refusal.field).toBe('metadata_extra');
    expect(refusal.message).toContain(`must not set ${name}`);
  });

  it.each(['[', '{"a":', '[1,]', '{a: 1}', '[1] x'])('refuses %j, which is no JSON', (text) => {
    expect(configError({ metadata_extra: { list: text } }).message).toMatch(/list .* not JSON/);
  });

  it('is bounded', () => {
    const refusal = configError({ metadata_extra: { long: 'x'.repeat(70_000) } });
    expect(refusal.message).toMatch(/64 KiB/);
  });

  it.each<[string, boolean]>([
    ['mcp_servers', true],
    ['resource_name#de-AT', true],
    ['resource_name#', true],
    ['a"b', false],
    ['a b', false],
    ['#de', false],
    ['a#b#c', false],
  ])('admits the member name %j: %s', (name, admitted) => {
    const { match = '' } = oauthFields.metadata_extra.spec.keys ?? {};
    expect(luaPattern(match).test(name)).toBe(admitted);
  });
});

describe('a resource that follows the host', () => {
  const own = {
    resource: 'https://mcp.example.com/mcp',
    resource_origins: ['https://mcp.example.org:8443', 'http://localhost:8000'],
    extra_audiences: ['account'],
    scopes_supported: ['s'],
  };

  it.each([
    ['mcp.example.com', 'https://mcp.example.com'],
    ['mcp.example.org', 'https://mcp.example.org:8443'],
    ['MCP.example.ORG', 'https://mcp.example.org:8443'],
    ['localhost', 'http://localhost:8000'],
  ])('is, for %s, at %s', (host, origin) => {
    const config = configAt(read(own), host);
    expect(config).toMatchObject({
      audiences: [`${origin}/mcp`, 'account'],
      metadataUrl: `${origin}/.well-known/oauth-protected-resource/mcp`,
      metadataPath: '/.well-known/oauth-protected-resource/mcp',
      metadata: { resource: `${origin}/mcp`, scopes_supported: ['s'] },
    });
  });

  it.each([
    'evil.example',
    '',
    'example.com',
    'mcp.example.com.',
    'mcp.example.com:443',
    'mcp.example.com, evil.example',
    '__proto__',
    undefined,
  ])('is nowhere for the host %j', (host) => {
    expect(configAt(read(own), host)).toBeUndefined();
  });

  it('shares nothing verified between hosts', () => {
    const config = read(own);
    const hashes = ['mcp.example.com', 'mcp.example.org', 'localhost'].map(
      (host) => configAt(config, host)?.hash,
    );
    expect(new Set([...hashes, config.hash]).size).toBe(4);
  });

  it('may be a whole host', () => {
    const config = read({
      resource: 'https://a.example',
      resource_origins: ['https://b.example'],
    });
    expect(configAt(config, 'b.example')).toMatchObject({
      audiences: ['https://b.example'],
      metadataUrl: 'https://b.example/.well-known/oauth-protected-resource',
    });
  });

  it('is one and the same for all hosts where no origins are listed', () => {
    const config = read({});
    expect(configAt(config, 'anything.example')).toBe(config);
  });

  it.each([
    ['https://mcp.example.com', /host mcp\.example\.com twice/],
    ['https://MCP.example.org', /must be written https:\/\/mcp\.example\.org$/],
    ['https://mcp.example.org:443', /must be written/],
    ['https://mcp.example.org/', /must be written/],
    ['http://mcp.example.org', /https/],
    ['https://a:b@mcp.example.org', /credentials/],
    ['https://mcp.example.org?x', /must be written/],
  ])('refuses the origin %s', (origin, message) => {
    const refusal = configError({ ...own, resource_origins: [origin] });
    expect(refusal.field).toBe('resource_origins');
    expect(refusal.message).toMatch(message);
  });
});

describe('the host a request was sent to', () => {
  const process = globalThis as { [marker: symbol]: unknown };
  const marker = Symbol.for('kong-plugin-mcp.host');
  beforeEach(() => void (process[marker] = 'protobuf'));
  afterEach(() => void delete process[marker]);

  async function access(own: Record<string, unknown>, host: string) {
    const kong = fakeKong({ answers: { 'request.getForwardedHost': host } });
    await new Plugin(pluginConfig(own)).access(kong.port);
    return kong;
  }

  it('is asked for in the first flush where it decides, and not at all elsewhere', async () => {
    const own = { resource_origins: ['https://b.example'] };
    const following = await access(own, 'b.example');
    expect(following.exit()?.headers['WWW-Authenticate']).toContain('"https://b.example/.well-');
    expect([following.flushes(), following.callsOf('request.getForwardedHost').length]).toEqual([
      2, 1,
    ]);
    const fixed = await access({}, 'b.example');
    expect(fixed.callsOf('request.getForwardedHost')).toEqual([]);
  });

  it('gets 421 where it is none of the endpoint’s', async () => {
    const kong = await access({ resource_origins: ['https://b.example'] }, 'c.example');
    expect(kong.exit()).toMatchObject({ status: 421, headers: { 'Cache-Control': 'no-store' } });
    expect(kong.exit()?.headers).not.toHaveProperty('WWW-Authenticate');
  });
});
