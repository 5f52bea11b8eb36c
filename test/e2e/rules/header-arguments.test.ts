import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { connectLegacy } from '../../support/legacy-client.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const property = (type: string, header: string) => ({ type, 'x-mcp-header': header });
const toolOf = (name: string, properties: object) => ({
  name,
  inputSchema: { type: 'object', properties },
});
const tools = [
  toolOf('query', {
    region: property('string', 'Region'),
    limit: property('integer', 'Limit'),
    deep: { type: 'object', properties: { dry: property('boolean', 'Dry') } },
    dotted: property('string', 'a.b'),
    note: { type: 'string' },
  }),
  toolOf('number', { size: property('number', 'Size') }),
  toolOf('spaced', { size: property('string', 'My Size') }),
];
const complete = '"resultType":"complete","ttlMs":60000,"cacheScope":"public"';

describe('arguments in headers', () => {
  let sdk: FixtureServer;
  let raw: HttpFixture;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    [sdk, raw] = await Promise.all([
      startFixtureServer('modern'),
      startHttpFixture({ sessions: false }),
    ]);
    const list = `{${complete},"tools":${JSON.stringify(tools)}}`;
    const discovered = `{${complete},"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}`;
    raw.on('initialize', (_, response) => void response.writeHead(404).end());
    raw.on('server/discover', (arrived, response) => answer(arrived, response, discovered));
    raw.on('tools/list', (arrived, response) => answer(arrived, response, list));
    raw.on('tools/call', (arrived, response) =>
      answer(arrived, response, `{"resultType":"complete","content":[]}`),
    );
    const servers = [
      { name: 'sdk', url: sdk.url },
      { name: 'raw', url: raw.url },
    ];
    mcp = await startOpenEndpoint({ aggregate: { servers } });
    await untilListed(mcp.url, ['sdk__test_x_mcp_header', 'raw__query']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([sdk?.close(), raw?.close()]);
  });

  const arrivedLast = () => {
    const { headers } = raw.of('tools/call').at(-1)!;
    return Object.fromEntries(
      Object.entries(headers).filter(([name]) => name.startsWith('mcp-param')),
    );
  };
  const args = { region: ' Zürich', limit: 42, deep: { dry: true }, dotted: 'x', note: 'n' };
  const mirrored = {
    'mcp-param-region': `=?base64?${Buffer.from(' Zürich').toString('base64')}?=`,
    'mcp-param-limit': '42',
    'mcp-param-dry': 'true',
    'mcp-param-a.b': 'x',
  };

  it('are sent for clients with sessions, which know nothing of them', async () => {
    const client = await connectLegacy(mcp.url);
    const { tools: listed } = await client.client.listTools();
    const names = listed.map(({ name }) => name).filter((name) => name.startsWith('raw__'));
    expect(names).toEqual(['raw__query']);
    await client.client.callTool({ name: 'raw__query', arguments: args });
    expect(arrivedLast()).toEqual(mirrored);
    // A server that checks them itself.
    const { isError } = await client.client.callTool({
      name: 'sdk__test_x_mcp_header',
      arguments: { region: 'eu' },
    });
    expect(isError ?? false).toBe(false);
    await client.close();
    expect(mcp.gateway.logText()).toMatch(/tools_refused.*"item":"number".*x-mcp-header at size/);
  });

  it('are sent for clients without, whose own are checked', async () => {
    const client = new Client(
      { name: 'e2e', version: '1' },
      { versionNegotiation: { mode: 'auto' } },
    );
    await client.connect(new StreamableHTTPClientTransport(new URL(mcp.url)));
    expect(client.getProtocolEra()).toBe('modern');
    await client.listTools();
    await client.callTool({ name: 'raw__query', arguments: args });
    expect(arrivedLast()).toEqual(mirrored);
    await client.callTool({ name: 'sdk__test_x_mcp_header', arguments: { region: 'eu' } });
    await client.close();
  });

  it.each([
    ['is missing', { region: 'eu' }, {}],
    ['differs', { region: 'eu' }, { 'mcp-param-region': 'us' }],
    ['is badly encoded', { region: 'Hello' }, { 'mcp-param-region': '=?base64?SGVsbG8?=' }],
    ['mirrors nothing', {}, { 'mcp-param-region': 'eu' }],
  ])('are refused where a header %s', async (_, given, headers) => {
    const before = raw.of('tools/call').length;
    const params = { name: 'raw__query', arguments: given };
    const refused = await modernRpc(mcp.url, 'tools/call', params, { headers });
    expect(refused.status).toBe(400);
    expect(refused.message).toMatchObject({ id: 1, error: { code: -32020 } });
    expect(raw.of('tools/call')).toHaveLength(before);
  });

  it('of other names mean nothing, and reach no server', async () => {
    const params = { name: 'raw__query', arguments: { region: 'eu' } };
    const headers = { 'mcp-param-region': 'eu', 'mcp-param-other': 'x' };
    expect((await modernRpc(mcp.url, 'tools/call', params, { headers })).status).toBe(200);
    expect(arrivedLast()).toEqual({ 'mcp-param-region': 'eu' });
  });
});
