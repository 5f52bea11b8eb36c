import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectLegacy } from '../../support/legacy-client.js';
import type { LegacyClient } from '../../support/legacy-client.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';

const longName = 'x'.repeat(70);
const unusual = 'elicit (form) \u202e\ud83d\ude42';
const tasks = [
  JSON.stringify({ name: unusual, inputSchema: { type: 'object' } }),
  '{"name":"job","inputSchema":{"type":"object"},"execution":{"taskSupport":"required"}}',
  '{"name":"maybe","inputSchema":{"type":"object"},"execution":{"taskSupport":"optional"}}',
  `{"name":"${longName}","inputSchema":{"type":"object"}}`,
  '{"name":"view","inputSchema":{"type":"object"},"_meta":{"ui":{"resourceUri":"ui://app/v.html"}}}',
];

describe('names as configured', () => {
  let everything: RunningServer;
  let odd: HttpFixture;
  let mcp: OpenEndpoint;
  let through: LegacyClient;

  beforeAll(async () => {
    everything = await startServerEverything();
    odd = await startHttpFixture({ capabilities: '{"tools":{},"resources":{}}' });
    odd.on('tools/list', (one, response) => answer(one, response, `{"tools":[${tasks.join()}]}`));
    odd.on('resources/list', (one, response) => answer(one, response, '{"resources":[]}'));
    odd.on('resources/templates/list', (one, response) =>
      answer(one, response, '{"resourceTemplates":[]}'),
    );
    odd.on('resources/read', (one, response) => {
      const contents = [{ uri: one.params.uri, text: '<p>' }];
      answer(one, response, JSON.stringify({ contents }));
    });
    const chosen = {
      name: 'chosen',
      url: everything.url,
      prefix: '',
      uri_mapping: 'none',
      tools: {
        allow: ['echo', 'get-*'],
        deny: ['get-env', '*-links'],
        overrides: [{ name: 'echo', rename: 'say.back', description: 'Says it back.' }],
      },
      prompts: { deny: ['*-prompt'] },
      resources: { allow: ['demo://resource/dynamic/text/*'] },
    };
    const servers = [
      chosen,
      { name: 'odd', url: odd.url },
      { name: 'unused', url: everything.url, enabled: false },
    ];
    mcp = await startOpenEndpoint({
      aggregate: { servers, allow_overlapping_prefixes: true },
    });
    through = await connectLegacy(mcp.url);
  });
  afterAll(async () => {
    await through?.close();
    await mcp?.stop();
    await Promise.all([everything?.close(), odd?.close()]);
  });

  const errorOf = async (method: string, params: object) =>
    (await rpc(mcp.url, method, { params })).message?.error;

  it('tools are shown as allowed, not denied, and renamed', async () => {
    const { tools } = await through.client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toContain('say.back');
    expect(names).toContain('get-sum');
    for (const hidden of ['echo', 'get-env', 'get-resource-links', 'toggle-simulated-logging']) {
      expect(names).not.toContain(hidden);
    }
    expect(names.some((name) => name.startsWith('unused__'))).toBe(false);
    expect(tools[0]).toMatchObject({ name: 'say.back', description: 'Says it back.' });
  });

  it('a tool of another name is called by one derived from it, which log and status tell', async () => {
    const { tools } = await through.client.listTools();
    const name = tools.map((one) => one.name).find((one) => one.includes('elicit_form_'))!;
    expect(name).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
    await through.client.callTool({ name, arguments: {} });
    expect(odd.of('tools/call').at(-1)?.params.name).toBe(unusual);
    const line = mcp.gateway
      .logText()
      .split('\n')
      .find((one) => one.includes('tools_renamed'));
    expect(line).toContain(name);
    expect(line).toContain('rename in tools.overrides of the server sets another');
  });

  it('a renamed tool is called by its new name alone', async () => {
    expect(await through.text('say.back', { message: 'hi' })).toBe('Echo: hi');
    expect(
      await errorOf('tools/call', { name: 'echo', arguments: { message: 'hi' } }),
    ).toMatchObject({
      code: -32602,
      message: 'Unknown tool: echo',
      data: { request_id: expect.any(String) },
    });
  });

  it.each([
    ['tools/call', { name: 'get-env', arguments: {} }, -32602],
    ['tools/call', { name: 'get-resource-links', arguments: { count: 1 } }, -32602],
    ['tools/call', { name: 'unused__echo', arguments: { message: 'x' } }, -32602],
    ['tools/call', { name: 'odd__job', arguments: {} }, -32602],
    ['prompts/get', { name: 'simple-prompt' }, -32602],
    ['resources/read', { uri: 'demo://resource/dynamic/blob/1' }, -32002],
    ['resources/read', { uri: 'demo://resource/dynamic/text/../blob/1' }, -32002],
    ['resources/read', { uri: 'mcp+chosen+demo://resource/dynamic/text/1' }, -32002],
  ])('%s of %j, which is not shown, is unknown', async (method, params, code) => {
    expect(await errorOf(method, params)).toMatchObject({ code });
  });

  it('prompts and resources are shown as allowed, their URIs as the server gives them', async () => {
    expect((await through.client.listPrompts()).prompts).toEqual([]);
    expect((await through.client.listResources()).resources).toEqual([]);
    const { resourceTemplates } = await through.client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'demo://resource/dynamic/text/{resourceId}',
    ]);
    const uri = 'demo://resource/dynamic/text/5';
    const { contents } = await through.client.readResource({ uri });
    expect(contents).toMatchObject([{ uri, text: expect.stringContaining('Resource 5') }]);
  });

  it('tools for tasks alone are left out, others lose the offer, and the log says so', async () => {
    const { text } = await rpc(mcp.url, 'tools/list');
    expect(text).not.toContain('odd__job');
    expect(text).toContain('{"name":"odd__maybe","inputSchema":{"type":"object"},"execution":{}}');
    const said = mcp.gateway.logText();
    expect(said).toMatch(/tools_refused.*"job"/);
    expect(said).toMatch(/tools_warned.*longer than 64/);
  });

  it('the page of an app is read by the URI its tool names', async () => {
    const { tools } = await through.client.listTools();
    const { _meta } = tools.find(({ name }) => name === 'odd__view')!;
    const uri = (_meta as { ui: { resourceUri: string } }).ui.resourceUri;
    expect(uri).toBe('ui://mcp+odd/app/v.html');
    expect((await through.client.readResource({ uri })).contents).toEqual([{ uri, text: '<p>' }]);
    expect(odd.of('resources/read').map(({ params }) => params.uri)).toEqual(['ui://app/v.html']);
  });
});
