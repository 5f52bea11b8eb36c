import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../lib/errors/errors.js';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import {
  readMode,
  routeAddress,
} from '../../../../plugins/mcp-aggregate/config/servers/route-config.js';
import { pluginOn } from '../../../../plugins/mcp-aggregate/plugin.js';
import type { Aggregator } from '../../../../plugins/mcp-aggregate/endpoint/aggregator.js';
import { kongConfig } from '../../../support/aggregate/harness.js';

const [url] = kongConfig([{ name: 'a' }]).servers!;
const routed = (route: object, more: object = {}) =>
  kongConfig([], { servers: [{ ...url, url: undefined, route, ...more }] });
const read = (route: object, more?: object) => readConfig(routed(route, more)).servers[0]!;
const usual = { path: '/internal/a', host: undefined, kong_url: undefined };

describe('a server by route', () => {
  it.each<[string, object, Record<string, string>, string]>([
    ['by default on this machine', {}, {}, 'http://127.0.0.1:8000/internal/a'],
    [
      'where the process is told',
      {},
      { KONG_MCP_KONG_URL: 'https://kong:8443' },
      'https://kong:8443/internal/a',
    ],
    [
      'where the configuration says, before all',
      { kong_url: 'http://kong:1' },
      { KONG_MCP_KONG_URL: 'x' },
      'http://kong:1/internal/a',
    ],
  ])('is reached %s', (_title, more, env, address) => {
    const { kind, route } = read({ ...usual, ...more });
    expect(kind).toBe('route');
    expect(routeAddress(route!, env)).toBe(address);
  });

  it.each(['nonsense', 'ftp://kong', 'http://kong/path', 'http://user@kong', 'http://kong:80'])(
    'does not take %s for the address of Kong',
    (origin) => {
      expect(() => read({ ...usual, kong_url: origin })).toThrow(ConfigError);
      const env = { KONG_MCP_KONG_URL: origin };
      expect(() => routeAddress(read(usual).route!, env)).toThrow(/KONG_MCP_KONG_URL/);
    },
  );

  it.each(['/a/../b', '/a/./b', '/a//b', '/a/..', '//a', '/a/.'])(
    'does not take the path %s, which Kong would match as another',
    (path) => {
      expect(() => read({ ...usual, path })).toThrow(/route\.path/);
    },
  );

  it.each(['/a/.well-known', '/a..b/c.', '/a/'])('takes the path %s', (path) => {
    expect(read({ ...usual, path }).target).toBe(path);
  });

  it('is another upstream by each part of it', () => {
    const keys = [
      usual,
      { ...usual, path: '/internal/b' },
      { ...usual, host: 'a.test' },
      { ...usual, kong_url: 'http://kong:1' },
    ].map((route) => read(route).key);
    expect(new Set(keys).size).toBe(4);
  });

  it('may have headers and fetched tokens, as one by url', () => {
    const client = { token_endpoint: 'https://as.test/token', client_id: 'gw' };
    const auth = {
      client_credentials: { ...client, client_auth: 'client_secret_basic', client_secret: 's' },
    };
    const server = read(usual, { headers: { 'X-A': 'b' }, auth });
    expect(server.headers).toEqual({ 'X-A': 'b' });
    expect(server.auth?.clientCredentials?.id).toBe('gw');
  });
});

describe('mode', () => {
  const internal = kongConfig([], { mode: 'internal', servers: undefined });

  it('internal needs no servers', () => {
    expect(readMode(internal)).toBe('internal');
    expect(readMode({ ...internal, servers: null as never })).toBe('internal');
  });

  it('endpoint needs them', () => {
    for (const servers of [undefined, null as never, []]) {
      const config = { ...internal, mode: 'endpoint' as const, servers };
      expect(() => readMode(config)).toThrow(/^servers: is needed/);
    }
  });

  it.each<[string, object]>([
    ['servers', { servers: [url] }],
    ['scope_rules', { scope_rules: [{ methods: [], names: [], scopes: ['a'] }] }],
    ['anonymous', { anonymous: true }],
  ])('internal refuses %s, which would not do what they say', (field, more) => {
    const config = { ...internal, ...more };
    expect(() => readMode(config)).toThrow(new RegExp(`^${field}: has no meaning`));
    const Plugin = pluginOn(undefined as unknown as Aggregator);
    expect(() => new Plugin(config)).toThrow(ConfigError);
  });
});
