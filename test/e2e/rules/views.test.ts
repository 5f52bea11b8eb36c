import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins } from '../../../kong/direct/plugins.js';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { HeadlessOAuthProvider } from '../../support/authorization-server/oauth-client.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { scope } from '../../support/rig/issuer.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { exchange, openSession, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';

const simple = ['new__test_simple_text', 'old__test_simple_text'];
const watched = 'mcp+old+test://watched-resource';

interface ViewStatus {
  readonly name: string;
  readonly tools: number;
}

describe('views', () => {
  let fixtures: readonly FixtureServer[];
  let mcp: ProtectedEndpoint;
  let operations: string;
  const at = (path: string) => `${new URL(mcp.resource).origin}${path}`;

  beforeAll(async () => {
    fixtures = await Promise.all([startFixtureServer('legacy'), startFixtureServer('modern')]);
    operations = `127.0.0.1:${await freePort()}`;
    mcp = await startProtectedEndpoint({
      oauth: { required_scopes: [scope] },
      paths: ['/mcp/simple', '/mcp/old', '/mcp/none'],
      aggregate: {
        servers: ['old', 'new'].map((name, at) => ({ name, url: fixtures[at]!.url })),
        instructions: 'All of it.',
        claim_rules: [{ claim: 'sub', equals: 'bob', effect: 'deny', names: ['new__*'] }],
        views: [
          {
            name: 'simple',
            path: '/mcp/simple',
            tools: ['*__test_simple_text'],
            instructions: 'Texts alone.',
          },
          { name: 'old', path: '/mcp/old', servers: ['old'] },
          { name: 'typo', path: '/mcp/none', tools: ['odl__*'] },
          { name: 'interns', claim: 'sub', one_of: ['ida'], tools: ['old__*'] },
          { name: 'helpers', claim: 'sub', one_of: ['ida'], tools: ['new__test_simple_text'] },
        ],
      },
      gateway: { env: { KONG_MCP_OPERATIONS: operations } },
    });
    await untilListed(mcp.resource, simple, { token: () => mcp.token('ann') });
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all((fixtures ?? []).map((fixture) => fixture.close()));
  });

  interface Eras {
    readonly era: string;
    readonly ask: (path: string, who: string, method: string, params?: object) => Promise<Answered>;
  }
  interface Answered {
    readonly result?: Readonly<Record<string, unknown>>;
    readonly error?: { readonly code: number; readonly message: string };
  }

  const eras: readonly Eras[] = [
    {
      era: 'legacy',
      async ask(path, who, method, params = {}) {
        const token = await mcp.token(who);
        const session = await openSession(at(path), { token });
        return (await rpc(at(path), method, { params, session, token })).message ?? {};
      },
    },
    {
      era: 'modern',
      async ask(path, who, method, params = {}) {
        const token = await mcp.token(who);
        return (await modernRpc(at(path), method, { ...params }, { token })).message ?? {};
      },
    },
  ];

  async function names({ ask }: Eras, path: string, who: string, kind = 'tools') {
    const { result } = await ask(path, who, `${kind}/list`);
    const items = (result?.[kind] ?? []) as readonly { name: string; uri?: string }[];
    return items.map(({ name, uri }) => uri ?? name).sort();
  }
  const call = ({ ask }: Eras, path: string, who: string, name: string) =>
    ask(path, who, 'tools/call', { name, arguments: {} });

  describe.each(eras)('for clients that are $era', (era) => {
    it('show what the view of the path names, in lists and to calls', async () => {
      expect(await names(era, '/mcp/simple', 'ann')).toEqual(simple);
      expect(await names(era, '/mcp/simple', 'ann', 'prompts')).toEqual([]);
      expect(await names(era, '/mcp/simple', 'ann', 'resources')).toEqual([]);
      expect((await names(era, '/mcp', 'ann')).length).toBeGreaterThan(simple.length);
      for (const name of simple) {
        expect((await call(era, '/mcp/simple', 'ann', name)).result).toBeDefined();
      }
      const image = 'old__test_image_content';
      expect((await call(era, '/mcp', 'ann', image)).result).toBeDefined();
      expect((await call(era, '/mcp/simple', 'ann', image)).error).toMatchObject({
        code: -32602,
        message: `Unknown tool: ${image}`,
      });
    });

    it('show all of a server, resources and prompts among it', async () => {
      for (const kind of ['tools', 'prompts', 'resources']) {
        const all = await names(era, '/mcp', 'ann', kind);
        const own = await names(era, '/mcp/old', 'ann', kind);
        expect(own.length).toBeGreaterThan(0);
        expect(own).toEqual(all.filter((name) => /^(mcp\+)?old/.test(name)));
      }
      const read = (path: string, who: string) =>
        era.ask(path, who, 'resources/read', { uri: watched });
      expect((await read('/mcp/old', 'ann')).result).toBeDefined();
      expect((await read('/mcp/simple', 'ann')).error?.message).toContain('Unknown resource');
    });

    it('never show what rules hide', async () => {
      expect(await names(era, '/mcp/simple', 'bob')).toEqual(['old__test_simple_text']);
      expect((await call(era, '/mcp/simple', 'bob', simple[0]!)).error?.code).toBe(-32602);
    });

    it('go by claims together, and by path and claims where both choose one', async () => {
      const all = await names(era, '/mcp', 'ann');
      const hers = all.filter((name) => name.startsWith('old__') || name === simple[0]);
      expect(await names(era, '/mcp', 'ida')).toEqual(hers);
      expect(await names(era, '/mcp/old', 'ida')).toEqual(
        all.filter((name) => name.startsWith('old__')),
      );
      expect(await names(era, '/mcp/simple', 'ida')).toEqual(simple);
      expect((await call(era, '/mcp', 'ida', 'new__test_image_content')).error?.code).toBe(-32602);
    });
  });

  it('have instructions in place of those of the endpoint', async () => {
    const token = await mcp.token('ann');
    const told = async (path: string) => {
      const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} };
      const legacy = await rpc(at(path), 'initialize', { params, token });
      const modern = await modernRpc(at(path), 'server/discover', {}, { token });
      return [legacy, modern].map(({ message }) => message?.result?.['instructions']);
    };
    expect(await told('/mcp/simple')).toEqual(['Texts alone.', 'Texts alone.']);
    expect(await told('/mcp/old')).toEqual(['All of it.', 'All of it.']);
  });

  it('are of a request, also within one session', async () => {
    const token = await mcp.token('ann');
    const session = await openSession(at('/mcp'), { token });
    const subscribe = async (path: string) => {
      const params = { uri: watched };
      return (await rpc(at(path), 'resources/subscribe', { params, session, token })).message;
    };
    expect((await subscribe('/mcp/simple'))?.error?.message).toContain('Unknown resource');
    expect((await subscribe('/mcp'))?.result).toEqual({});
  });

  it('let nobody listen to what they do not show', async () => {
    const token = await mcp.token('ann');
    const honored = async (path: string) => {
      const client = new Client(
        { name: 'v2', version: '1' },
        { capabilities: {}, versionNegotiation: { mode: 'auto' } },
      );
      const requestInit = { headers: { authorization: `Bearer ${token}` } };
      await client.connect(new StreamableHTTPClientTransport(new URL(at(path)), { requestInit }));
      const { honoredFilter } = await client.listen({ resourceSubscriptions: [watched] });
      await client.close();
      return honoredFilter.resourceSubscriptions ?? [];
    };
    expect(await honored('/mcp/old')).toEqual([watched]);
    expect(await honored('/mcp/simple')).toEqual([]);
  });

  it('let SDK v2 log in at the path of a view', async () => {
    const provider = new HeadlessOAuthProvider();
    const client = new Client({ name: 'v2', version: '1' });
    const transport = () =>
      new StreamableHTTPClientTransport(new URL(at('/mcp/simple')), { authProvider: provider });
    const first = transport();
    await expect(client.connect(first)).rejects.toThrow();
    await first.finishAuth(provider.answer);
    await client.connect(transport());
    expect((await client.listTools()).tools.map(({ name }) => name).sort()).toEqual(simple);
    expect(provider.requests[0]?.searchParams.get('resource')).toBe(mcp.resource);
    await client.close();
  });

  it('are told to operators, and those that show nothing in the log, once', async () => {
    const views = async () => {
      const { text } = await exchange(`http://${operations}/status`, 'GET', {});
      const [endpoint] = JSON.parse(text).plugins['mcp-aggregate'].endpoints as readonly {
        readonly views: readonly ViewStatus[] | null;
      }[];
      return endpoint?.views?.map(({ name, tools }) => [name, tools]);
    };
    const isCounted = async () => (await views())?.[0]?.[1] === 2;
    await until(isCounted, { what: 'the views were never counted' });
    const told = new Map((await views()) as [string, number][]);
    expect(told.get('typo')).toBe(0);
    expect(told.get('old')).toBeGreaterThan(2);
    const logged = () =>
      mcp.gateway
        .logText()
        .split('\n')
        .filter((line) => line.includes('view_shows_nothing'));
    await until(() => logged().length > 0, { what: 'nothing was logged' });
    expect(logged().every((line) => line.includes('"typo"'))).toBe(true);
  });
});

describe('views and direct calls', () => {
  it('let Kong call nothing that the view does not show', async () => {
    const server = await startHttpFixture();
    const tools = ['one', 'two'].map((name) => ({ name, inputSchema: { type: 'object' } }));
    server.on('tools/list', (arrived, response) =>
      answer(arrived, response, JSON.stringify({ tools })),
    );
    const mcp = await startProtectedEndpoint({
      paths: ['/mcp/one'],
      aggregate: {
        servers: [{ name: 's', url: server.url, direct: true }],
        views: [{ name: 'one', path: '/mcp/one', tools: ['s__one'] }],
      },
      plugins: () => [...directPlugins],
    });
    try {
      const token = await mcp.token('ann');
      await untilListed(mcp.resource, ['s__one'], { token });
      const session = await openSession(mcp.resource, { token });
      const call = async (url: string, name: string) =>
        (await rpc(url, 'tools/call', { params: { name, arguments: {} }, session, token })).message;
      for (let n = 0; n < 2; n++) {
        expect(await call(`${mcp.resource}/one`, 's__one')).toHaveProperty('result');
        expect(await call(mcp.resource, 's__two')).toHaveProperty('result');
      }
      const reached = server.of('tools/call').length;
      const refused = await call(`${mcp.resource}/one`, 's__two');
      expect(refused?.error?.message).toBe('Unknown tool: s__two');
      expect(server.of('tools/call')).toHaveLength(reached);
    } finally {
      await mcp.stop();
      await server.close();
    }
  });
});
