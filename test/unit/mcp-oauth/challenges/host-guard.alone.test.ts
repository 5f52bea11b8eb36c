import { expect, it, vi } from 'vitest';
import packageJson from '../../../../package.json' with { type: 'json' };
import { requireFailClosedHost } from '../../../../plugins/mcp-oauth/config/host-guard.js';

const marker = Symbol.for('kong-plugin-mcp.host');
const host = globalThis as { [marker]?: unknown };

it.each([
  [undefined, {}],
  ['msgpack', {}],
  [undefined, { KONG_MCP_OAUTH_ALLOW_FAIL_OPEN: 'yes' }],
  [undefined, { KONG_MCP_OAUTH_ALLOW_FAIL_OPEN: '1' }],
])('refuses the host %j with %j and says what to run', (name, environment) => {
  expect(() => requireFailClosedHost(name, environment)).toThrow(/kong-mcp-pluginserver/);
});

it('accepts our own host, and consent in full words', () => {
  const consent = 'yes-requests-may-pass-unauthenticated';
  expect(() => requireFailClosedHost('protobuf', {})).not.toThrow();
  expect(() =>
    requireFailClosedHost(undefined, { KONG_MCP_OAUTH_ALLOW_FAIL_OPEN: consent }),
  ).not.toThrow();
});

it('cannot even be imported by another host', async () => {
  delete host[marker];
  vi.resetModules();
  await expect(import('../../../../plugins/mcp-oauth/index.js')).rejects.toThrow(/unauthenticated/);
});

it('cannot be constructed once the marker is gone', async () => {
  host[marker] = 'protobuf';
  const { Plugin } = await import('../../../../plugins/mcp-oauth/plugin.js');
  delete host[marker];
  expect(() => new Plugin({} as never)).toThrow(/unauthenticated/);
});

it('exports what the loader reads', async () => {
  host[marker] = 'protobuf';
  vi.resetModules();
  const plugin = await import('../../../../plugins/mcp-oauth/index.js');
  delete host[marker];
  expect(plugin).toMatchObject({ Name: 'mcp-oauth', Priority: 1015, Version: packageJson.version });
  expect(plugin.Schema[0]).toHaveProperty('resource');
  expect(plugin.KongSchema.fields[0]).toEqual({
    consumer: { type: 'foreign', reference: 'consumers', eq: null },
  });
});
