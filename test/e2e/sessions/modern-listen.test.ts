import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';

const watched = 'test://watched-resource';
const servers = ['old', 'new'] as const;

describe('subscriptions/listen', () => {
  let fixtures: Readonly<Record<(typeof servers)[number], FixtureServer>>;
  let mcp: OpenEndpoint;
  let client: Client;
  const heard: string[] = [];

  beforeAll(async () => {
    const [old, recent] = await Promise.all([
      startFixtureServer('legacy'),
      startFixtureServer('modern'),
    ]);
    fixtures = { old, new: recent };
    const all = servers.map((name) => ({ name, url: fixtures[name].url }));
    mcp = await startOpenEndpoint({ aggregate: { servers: all } });
    await untilListed(mcp.url, ['old__test_simple_text', 'new__test_simple_text']);
    client = new Client(
      { name: 'e2e', version: '1' },
      { capabilities: {}, versionNegotiation: { mode: 'auto' } },
    );
    client.setNotificationHandler(
      'notifications/tools/list_changed',
      () => void heard.push('tools'),
    );
    client.setNotificationHandler('notifications/prompts/list_changed', () => {
      heard.push('prompts');
    });
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      heard.push(params.uri);
    });
    await client.connect(new StreamableHTTPClientTransport(new URL(mcp.url)));
  });
  afterAll(async () => {
    await client?.close();
    await mcp?.stop();
    await Promise.all(Object.values(fixtures ?? {}).map((fixture) => fixture.close()));
  });

  it.each(servers)('tells of lists and resources of a server that is %s', async (name) => {
    const { resources } = await client.listResources();
    const uris = resources.map(({ uri }) => uri).filter((uri) => uri.endsWith('watched-resource'));
    const uri = uris.find((one) => one.includes(name))!;
    const subscription = await client.listen({
      toolsListChanged: true,
      resourceSubscriptions: [uri],
    });
    expect(subscription.honoredFilter).toEqual({
      toolsListChanged: true,
      resourceSubscriptions: [uri],
    });
    heard.length = 0;
    // What a server says before it is heard is lost: it is said until it is.
    await until(
      async () => {
        await fixtures[name].change(watched);
        return heard.includes(uri);
      },
      { what: 'no resource was told of' },
    );
    await client.callTool({ name: `${name}__test_trigger_tool_change`, arguments: {} });
    await client.callTool({ name: `${name}__test_trigger_prompt_change`, arguments: {} });
    await until(() => Promise.resolve(heard.includes('tools')), { what: 'no list was told of' });
    expect(new Set(heard)).toEqual(new Set([uri, 'tools']));
    await subscription.close();
    await until(async () => (await fixtures[name].change(watched)) === 0, {
      what: 'the subscription never ended at the server',
    });
  });
});
