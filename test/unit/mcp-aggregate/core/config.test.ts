import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../lib/errors/errors.js';
import { clientRevisions, serverRevisions } from '../../../../lib/protocol/revisions.js';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import { kongConfig } from '../../../support/aggregate/harness.js';

const server = kongConfig([{ name: 'a' }]).servers![0]!;
const overlapping = { allow_overlapping_prefixes: true };
const withServers = (...servers: object[]) => kongConfig([], { servers });

describe('readConfig', () => {
  it('prefixes with the server’s name unless told otherwise', () => {
    const config = readConfig(kongConfig([{ name: 'a' }, { name: 'b', prefix: '' }], overlapping));
    expect(config.servers.map(({ prefix }) => prefix)).toEqual(['a__', '']);
  });

  it.each([
    ['two servers of one name', withServers(server, { ...server, prefix: 'x' })],
    ['two equal prefixes', withServers(server, { ...server, name: 'b', prefix: 'a__' })],
    ['two names that URIs cannot tell apart', withServers(server, { ...server, name: 'A' })],
    [
      'two servers with plain URIs',
      withServers(
        { ...server, uri_mapping: 'none' },
        { ...server, name: 'b', uri_mapping: 'none' },
      ),
    ],
    [
      'two overrides of one tool',
      withServers({ ...server, tools: { overrides: [{ name: 't' }, { name: 't' }] } }),
    ],
    ['an odd prefix', withServers({ ...server, prefix: 'a/' })],
    ['neither url nor stdio', withServers({ ...server, url: undefined })],
    ['credentials in a url', withServers({ ...server, url: 'https://u:p@h/' })],
    ['no url', withServers({ ...server, url: 'http://' })],
    [
      'a client certificate without its key',
      withServers({ ...server, url: 'https://h/', client_certificate: 'x' }),
    ],
    [
      'a client certificate for http',
      withServers({ ...server, client_certificate: 'x', client_key: 'y' }),
    ],
    ['another name in the certificate for http', withServers({ ...server, ssl_server_name: 'x' })],
    [
      'a proxy to a child',
      withServers({ ...server, url: undefined, stdio: 'x', http_proxy: 'http://p/' }),
    ],
  ])('refuses %s', (_title, config) => {
    expect(() => readConfig(config)).toThrow(ConfigError);
  });

  describe('protocol_versions', () => {
    const read = (endpoint: unknown, ofServer: unknown) => {
      const servers = [{ ...server, protocol_versions: ofServer }];
      return readConfig(kongConfig([], { servers, protocol_versions: endpoint }));
    };

    it.each([[[]], [null], [undefined]])('%j means all', (none) => {
      const { versions, servers } = read(none, none);
      expect(versions).toEqual(clientRevisions);
      expect(servers[0]!.versions).toEqual([...clientRevisions, '2024-11-05']);
      expect(servers[0]!.key).toBe(read(none, [...serverRevisions].reverse()).servers[0]!.key);
    });

    it('are read newest first, and shape the connection', () => {
      const { versions, servers } = read(
        ['2025-06-18', '2026-07-28', '2025-06-18'],
        ['2024-11-05', '2025-11-25'],
      );
      expect(versions).toEqual(['2026-07-28', '2025-06-18']);
      expect(servers[0]!.versions).toEqual(['2025-11-25', '2024-11-05']);
      expect(servers[0]!.key).not.toBe(read([], []).servers[0]!.key);
    });

    it('that nobody speaks are refused by the field’s name', () => {
      expect(() => read(['2024-11-05'], [])).toThrow(/^protocol_versions: 2024-11-05 is none of/);
      const says = /^servers\[a\]\.protocol_versions: 2031-01-01 is none of .*2024-11-05$/;
      expect(() => read([], ['2031-01-01'])).toThrow(says);
    });
  });

  describe('prefixes', () => {
    const read = (prefixes: readonly string[], more = {}) =>
      readConfig(
        kongConfig(
          prefixes.map((prefix, n) => ({ name: `s${n}`, prefix })),
          more,
        ),
      );

    it.each([
      [['a__', 'a__b__'], 's0 has the prefix a__', 's1'],
      [['a__b__', 'a__'], 's1 has the prefix a__', 's0'],
      [['x', 'a', 'b', 'a-', 'a.b.c'], 's1 has the prefix a,', 's3'],
      [['a__', ''], 's1 has no prefix', 's0'],
    ])('of which one begins another are refused: %j', (prefixes, says, owner) => {
      expect(() => read(prefixes)).toThrow(
        new RegExp(`^servers: ${says}.* names of ${owner}, .*allow_overlapping_prefixes`),
      );
      expect(read(prefixes, overlapping).servers).toHaveLength(prefixes.length);
    });

    it('that are equal are refused, whatever is allowed', () => {
      expect(() => read(['a', 'ab', 'a'], overlapping)).toThrow('s0 and s2 have the same prefix');
    });

    it('that merely resemble each other are taken', () => {
      expect(read(['a__', 'A__', 'b__a__', '_a__', 'a-']).servers).toHaveLength(5);
    });
  });

  it('reads how a server is connected to', () => {
    const https = { ...server, url: 'https://h/' };
    const given = {
      ssl_verify: false,
      ca_certificates: 'authorities',
      client_certificate: 'certificate',
      client_key: 'key',
      ssl_server_name: 'name',
      http_proxy: 'http://a/',
      https_proxy: 'http://b/',
      no_proxy: 'c',
    };
    const read = (more: object) =>
      readConfig(withServers({ ...https, ...more })).servers[0]!.connection;
    expect(read(given)).toEqual({
      sslVerify: false,
      caCertificates: 'authorities',
      clientCertificate: 'certificate',
      clientKey: 'key',
      serverName: 'name',
      httpProxy: 'http://a/',
      httpsProxy: 'http://b/',
      noProxy: 'c',
      forwardHeaders: [],
    });
    const unset = Object.fromEntries(Object.keys(given).map((name) => [name, null]));
    expect(read({ ...unset, ssl_verify: true })).toEqual({ sslVerify: true, forwardHeaders: [] });
  });

  it('does not share a connection between servers that are reached differently', () => {
    const key = (more: object) => readConfig(withServers({ ...server, ...more })).servers[0]!.key;
    const ways = [{ ssl_verify: false }, { ca_certificates: 'x' }, { http_proxy: 'http://p/' }, {}];
    expect(new Set(ways.map(key)).size).toBe(ways.length);
  });

  it('leaves out a server that is not enabled, as if it were not there', () => {
    const twin = { ...server, enabled: false };
    expect(readConfig(withServers(twin, server)).servers).toHaveLength(1);
    expect(readConfig(withServers(twin)).servers).toEqual([]);
  });

  it('takes what Kong leaves out or sends as null for not configured', () => {
    const none = { allow: [], deny: [] };
    for (const unset of [null, undefined, { allow: null, deny: null, overrides: null }]) {
      const given = { ...server, tools: unset, prompts: unset, resources: unset };
      const [read] = readConfig(withServers(given)).servers;
      expect(read).toMatchObject({ tools: none, prompts: none, resources: none });
      expect(read?.overrides.size).toBe(0);
    }
  });

  it('belongs to the route, else the service, else the plugin entry', () => {
    const endpointOf = (more: Record<string, unknown>) =>
      readConfig(kongConfig([{ name: 'a' }], more)).endpoint;
    expect(endpointOf({ service_id: 's' })).toBe('route-a');
    expect(endpointOf({ route_id: undefined, service_id: 's' })).toBe('s');
    expect(endpointOf({ route_id: null, service_id: null })).toBe('plugin-a');
  });

  it('is one runtime’s for all nginx workers, and another’s after any change', () => {
    const hashOf = (more: Record<string, unknown>) =>
      readConfig(kongConfig([{ name: 'a' }], more)).hash;
    expect(hashOf({ __seq__: 1 })).toBe(hashOf({ __seq__: 2 }));
    expect(hashOf({ list_ttl: 61 })).not.toBe(hashOf({}));
    expect(hashOf({ route_id: 'route-b' })).not.toBe(hashOf({}));
  });

  it.each([
    { url: 'http://other.test/' },
    { headers: { a: 'b' } },
    { timeout: 1000 },
    { max_response_size: 2048 },
    { name: 'b' },
  ])('gives a server that differs in %j an upstream of its own', (change) => {
    const keyOf = (more: object) => readConfig(withServers({ ...server, ...more })).servers[0]!.key;
    expect(keyOf(change)).not.toBe(keyOf({}));
  });
});
