import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UriTemplate } from '@modelcontextprotocol/sdk/shared/uriTemplate.js';
import { connectLegacy } from '../../support/legacy-client.js';
import type { LegacyClient } from '../../support/legacy-client.js';
import { startDemoServers } from '../../support/rig/demo-servers.js';
import type { DemoServers } from '../../support/rig/demo-servers.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { openSession, rpc } from '../../support/rpc.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';

/** What server-everything says for itself, and what it says through the gateway. */
describe('prompts, resources, templates and completion of two like servers and two others', () => {
  let demo: DemoServers;
  let second: RunningServer;
  let mcp: OpenEndpoint;
  let through: LegacyClient;
  let direct: LegacyClient;
  let client: Client;
  let own: Client;

  beforeAll(async () => {
    [demo, second] = await Promise.all([startDemoServers(), startServerEverything()]);
    const servers = [...demo.servers, { name: 'Twin', url: second.url, prefix: 'twin.' }];
    mcp = await startOpenEndpoint({ aggregate: { servers }, gateway: { env: demo.env } });
    const { url } = demo.servers[0] as { url: string };
    [through, direct] = await Promise.all([connectLegacy(mcp.url), connectLegacy(url)]);
    client = through.client;
    own = direct.client;
  });
  afterAll(async () => {
    await Promise.all([through?.close(), direct?.close()]);
    await mcp?.stop();
    await Promise.all([demo?.close(), second?.close()]);
  });

  const mapped = (uri: string) => `mcp+everything+${uri}`;
  const text = 'demo://resource/dynamic/text/{resourceId}';

  it('are declared, since some of the servers have them', () => {
    expect(client.getServerCapabilities()).toMatchObject({
      tools: {},
      prompts: {},
      resources: {},
      completions: {},
      logging: {},
    });
    expect(client.getServerCapabilities()).not.toHaveProperty('tasks');
  });

  it('prompts/list shows the prompts of both under their prefixes, else unchanged', async () => {
    const { prompts } = await client.listPrompts();
    const originals = (await own.listPrompts()).prompts;
    expect(originals.length).toBeGreaterThan(3);
    expect(prompts).toEqual(
      ['everything__', 'twin.'].flatMap((prefix) =>
        originals.map((prompt) => ({ ...prompt, name: prefix + prompt.name })),
      ),
    );
  });

  it.each([
    ['simple-prompt', undefined],
    ['args-prompt', { city: 'Ghent', state: 'mcp+everything+x' }],
    ['completable-prompt', { department: 'Sales', name: 'Eve' }],
  ])('prompts/get of %s answers what the server does', async (name, args) => {
    const params = (prefix: string) => ({ name: prefix + name, ...(args && { arguments: args }) });
    const answer = await client.getPrompt(params('everything__'));
    expect(answer).toEqual(await own.getPrompt(params('')));
    expect(await client.getPrompt(params('twin.'))).toEqual(answer);
  });

  it('a resource in a prompt carries a URI by which it can be read', async () => {
    const name = 'everything__resource-prompt';
    const args = { resourceType: 'Text', resourceId: '2' };
    const { messages } = await client.getPrompt({ name, arguments: args });
    const block = messages[1]?.content as { type: string; resource: { uri: string; text: string } };
    expect(block).toMatchObject({
      type: 'resource',
      resource: { uri: mapped('demo://resource/dynamic/text/2'), mimeType: 'text/plain' },
    });
    const { contents } = await client.readResource({ uri: block.resource.uri });
    expect(contents).toMatchObject([
      { uri: block.resource.uri, text: expect.stringContaining('Resource 2') },
    ]);
  });

  it('every listed resource of either server is read from its own server', async () => {
    const all = (await client.listResources()).resources;
    const graph = 'mcp+memory+memory://knowledge-graph';
    expect(all.map(({ uri }) => uri)).toContain(graph);
    const { contents: graphs } = await client.readResource({ uri: graph });
    expect(graphs).toMatchObject([{ uri: graph, text: expect.stringContaining('entities') }]);
    const resources = all.filter(({ uri }) => uri !== graph);
    const originals = (await own.listResources()).resources;
    expect(originals.length).toBeGreaterThan(3);
    expect(resources).toEqual(
      ['everything', 'Twin'].flatMap((server) =>
        originals.map((resource) => ({ ...resource, uri: `mcp+${server}+${resource.uri}` })),
      ),
    );
    for (const { uri } of resources) {
      const original = uri.replace(/^mcp\+(everything|Twin)\+/, '');
      const { contents } = await own.readResource({ uri: original });
      expect(await client.readResource({ uri })).toEqual({
        contents: contents.map((content) => ({ ...content, uri })),
      });
    }
  });

  it('a template is expanded by the client and read', async () => {
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain(mapped(text));
    expect(resourceTemplates).toHaveLength(4);
    for (const { uriTemplate, name } of resourceTemplates) {
      const uri = new UriTemplate(uriTemplate).expand({ resourceId: '7' });
      const { contents } = await client.readResource({ uri });
      const [content] = contents as { uri: string; text?: string; blob?: string }[];
      expect(content?.uri).toBe(uri);
      const said = content?.text ?? Buffer.from(content?.blob ?? '', 'base64').toString();
      expect([name, said]).toEqual([name, expect.stringContaining('Resource 7')]);
    }
  });

  it('links and embedded resources of tools lead to what can be read', async () => {
    const links = await client.callTool({
      name: 'everything__get-resource-links',
      arguments: { count: 2 },
    });
    const uris = (links.content as { type: string; uri?: string }[])
      .filter(({ type }) => type === 'resource_link')
      .map(({ uri }) => uri!);
    expect(uris).toEqual([
      mapped('demo://resource/dynamic/blob/1'),
      mapped('demo://resource/dynamic/text/2'),
    ]);
    for (const uri of uris) {
      expect((await client.readResource({ uri })).contents[0]?.uri).toBe(uri);
    }
    const reference = await client.callTool({
      name: 'twin.get-resource-reference',
      arguments: { resourceType: 'Text', resourceId: 3 },
    });
    const embedded = (reference.content as { resource?: { uri: string } }[])
      .map(({ resource }) => resource?.uri)
      .filter(Boolean);
    expect(embedded).toEqual(['mcp+Twin+demo://resource/dynamic/text/3']);
  });

  it('completes arguments of prompts and templates, by what was chosen before', async () => {
    const ref = { type: 'ref/prompt' as const, name: 'everything__completable-prompt' };
    const department = await client.complete({ ref, argument: { name: 'department', value: 'S' } });
    expect(department.completion.values).toEqual(['Sales', 'Support']);
    const name = await client.complete({
      ref,
      argument: { name: 'name', value: '' },
      context: { arguments: { department: 'Sales' } },
    });
    expect(name.completion.values).toEqual(['David', 'Eve', 'Frank']);
    const template = await client.complete({
      ref: { type: 'ref/resource', uri: mapped(text) },
      argument: { name: 'resourceId', value: '42' },
    });
    expect(template.completion.values).toEqual(['42']);
  });

  it.each([
    ['prompts/get', { name: 'everything__nope' }, -32602, 'everything__nope'],
    ['prompts/get', { name: 'simple-prompt' }, -32602, 'simple-prompt'],
    ['resources/read', { uri: 'demo://resource/dynamic/text/1' }, -32002, 'demo://resource'],
    ['resources/read', { uri: 'mcp+nobody+demo://x' }, -32002, 'mcp+nobody+demo://x'],
    ['resources/read', { uri: 'mcp+files+file:///etc/passwd' }, -32002, 'mcp+files'],
  ])('%s of %j is unknown: %i, naming it', async (method, params, code, named) => {
    const session = await openSession(mcp.url);
    const { message } = await rpc(mcp.url, method, { session, params });
    expect(message?.error).toMatchObject({ code, message: expect.stringContaining(named) });
  });
});
