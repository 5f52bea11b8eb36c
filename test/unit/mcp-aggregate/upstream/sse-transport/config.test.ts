import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../../plugins/mcp-aggregate/config/config.js';
import { kongConfig } from '../../../../support/aggregate/harness.js';

function read(server: Readonly<Record<string, unknown>>) {
  const kong = kongConfig([{ name: 'a' }]);
  const one = { ...kong.servers![0]!, transport: 'sse', ...server };
  return readConfig({ ...kong, servers: [one] } as unknown as typeof kong).servers[0]!;
}

describe('transport', () => {
  it('sse leaves out versions that have no sessions', () => {
    expect(read({})).toMatchObject({
      transport: 'sse',
      versions: expect.not.arrayContaining(['2026-07-28']),
    });
    expect(read({}).versions).toContain('2024-11-05');
    const both = ['2026-07-28', '2025-06-18'];
    expect(read({ protocol_versions: both }).versions).toEqual(['2025-06-18']);
    const other = read({ transport: 'streamable-http', protocol_versions: both });
    expect(other).toMatchObject({ transport: undefined, versions: both });
  });

  it('may have a path for messages behind a route', () => {
    const route = { path: '/a/sse', message_path: '/a/messages' };
    expect(read({ url: undefined, route }).route).toMatchObject({ messagePath: '/a/messages' });
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['protocol_versions', { protocol_versions: ['2026-07-28'] }],
    ['transport', { url: undefined, stdio: 'a' }],
    ['transport', { openapi: { file: 'a.json' } }],
    ['route.message_path', { url: undefined, route: { path: '/a', message_path: '/a/../b' } }],
  ])('sse does not go with %s', (field, server) => {
    expect(() => read(server)).toThrow(`servers[a].${field}: `);
  });

  it('is another connection', () => {
    expect(read({}).key).not.toBe(read({ transport: 'streamable-http' }).key);
  });
});
