import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import { kongConfig } from '../../../support/aggregate/harness.js';

function read(server: Readonly<Record<string, unknown>>) {
  const kong = kongConfig([{ name: 'a' }]);
  const one = { ...kong.servers![0]!, direct: true, ...server };
  const { direct } = readConfig({ ...kong, servers: [one] }).servers[0]!;
  return direct;
}

describe('direct', () => {
  it('says where Kong finds the server', () => {
    const url = 'https://s.example:8443/a/mcp';
    expect(read({ url, timeout: 5000, headers: { authorization: 'Bearer x' } })).toEqual({
      scheme: 'https',
      host: 's.example',
      port: 8443,
      authority: 's.example:8443',
      path: '/a/mcp',
      upstream: undefined,
      silenceMs: 5000,
      verified: true,
    });
    expect(read({ direct_upstream: 'pool' })).toMatchObject({
      port: 80,
      upstream: 'pool',
      verified: false,
    });
    expect(read({ direct: false })).toBeUndefined();
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['trusted', { trusted: true }],
    ['transport', { transport: 'sse' }],
    ['url', { url: 'http://a.test/mcp?key=secret' }],
    ['direct', { url: undefined, stdio: 'a' }],
    ['direct', { url: undefined, route: { path: '/a' } }],
    ['headers', { headers: { Authorization: 'Bearer x', 'X-Api-Key': 'y' } }],
    ['max_response_size', { max_response_size: 1024 }],
    ['circuit_breaker', { circuit_breaker: { enabled: true, failures: 2, open_time: 10 } }],
    ['http_proxy', { http_proxy: 'http://proxy.test' }],
    ['ssl_server_name', { url: 'https://a.test/mcp', ssl_server_name: 'b.test' }],
    ['url', { url: 'https://10.0.0.7:8443/mcp' }],
    ['url', { url: 'https://[::1]/mcp' }],
    ['direct_upstream', { direct: false, direct_upstream: 'pool' }],
  ])('refuses what Kong could not keep: %s', (field, server) => {
    expect(() => read(server)).toThrow(`servers[a].${field}: `);
    expect(() => read(server)).not.toThrow(/secret|Bearer/);
  });

  it('takes addresses where there is no name to be verified', () => {
    expect(read({ url: 'http://10.0.0.7/mcp' })).toBeDefined();
    expect(read({ url: 'https://10.0.0.7/mcp', ssl_verify: false })).toBeDefined();
  });

  it('refuses to verify on connections that are made without', () => {
    const kong = kongConfig([{ name: 'a' }, { name: 'b' }]);
    const both = (one: object, other: object) => {
      const servers = [one, other].map((own, n) => ({
        ...kong.servers![n]!,
        direct: true,
        ...own,
      }));
      return () => readConfig({ ...kong, servers });
    };
    const loose = (url: string, more = {}) => ({ url, ssl_verify: false, ...more });
    const url = 'https://s.test/mcp';
    expect(both({ url }, loose('https://s.test/b'))).toThrow(
      'servers[a].ssl_verify: is on, and off for b',
    );
    expect(both(loose(url), { url: 'https://s.test/b' })).toThrow('servers[b].ssl_verify: is on');
    const pool = { direct_upstream: 'pool' };
    expect(both({ url, ...pool }, loose('https://t.test/b', pool))).toThrow(
      'servers[a].ssl_verify',
    );
    expect(both({ url }, loose('https://s.test:8443/b'))).not.toThrow();
    expect(both(loose(url), loose(url))).not.toThrow();
    expect(both({ url }, { ...loose(url), direct: false })).not.toThrow();
  });

  it('takes what has no effect where it is off', () => {
    expect(read({ circuit_breaker: { enabled: false, failures: 2, open_time: 1 } })).toBeDefined();
  });
});
