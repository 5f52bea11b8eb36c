import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins } from '../../../kong/direct/plugins.js';
import { connectFirst, connectNext, connectNextAs } from '../../support/any-client.js';
import type { AnyClient } from '../../support/any-client.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { scope } from '../../support/rig/issuer.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { fileLog, limitPerTool } from '../../support/rig/services.js';
import { exchange, openSession, rpc } from '../../support/rpc.js';
import type { RpcAnswer } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';

const verbs = ['create', 'delete', 'list', 'update', 'archive'];
const things = ['invoice', 'customer', 'shipment', 'voucher', 'warehouse'];
/** A catalogue of 500 tools. */
const catalogue = Array.from({ length: 500 }, (_, n) => {
  const [verb, thing, region] = [verbs[n % 5]!, things[Math.floor(n / 5) % 5]!, Math.floor(n / 25)];
  return {
    name: `${verb}_${thing}_${region}`,
    description: `Use it to ${verb} one ${thing} of region ${region}.`,
    inputSchema: { type: 'object', properties: { id: { type: 'string' } } },
  };
});
const own = ['search_tools', 'call_tool'];

interface Line {
  readonly request: { readonly id: string; readonly headers: Readonly<Record<string, string>> };
  readonly mcp: Readonly<Record<string, unknown>>;
}

describe('a view that is searched', () => {
  let big: HttpFixture;
  let everything: RunningServer;
  let mcp: ProtectedEndpoint;
  let operations: string;
  const searched = () => `${mcp.resource}/all`;

  beforeAll(async () => {
    [big, everything] = await Promise.all([startHttpFixture(), startServerEverything()]);
    big.on('tools/list', (arrived, response) =>
      answer(arrived, response, JSON.stringify({ tools: catalogue })),
    );
    operations = `127.0.0.1:${await freePort()}`;
    mcp = await startProtectedEndpoint({
      oauth: {
        required_scopes: [scope],
        scope_rules: [{ names: ['big__update_*'], scopes: ['update'] }],
      },
      paths: ['/mcp/all'],
      aggregate: {
        servers: [
          { name: 'every', url: everything.url, trusted: true },
          {
            name: 'big',
            url: big.url,
            direct: true,
            tools: { overrides: [{ name: 'list_invoice_0', log_arguments: ['/id'] }] },
          },
        ],
        scope_rules: [{ names: ['big__delete_*'], scopes: ['delete'] }],
        claim_rules: [{ names: ['big__*'], claim: 'sub', equals: 'bob', effect: 'deny' }],
        argument_rules: [{ names: ['big__*'], argument: '/id', effect: 'deny', equals: '13' }],
        views: [
          {
            name: 'all',
            path: '/mcp/all',
            servers: ['big', 'every'],
            discovery: true,
            always_listed: ['every__echo'],
          },
        ],
      },
      plugins: (places) => [...directPlugins, limitPerTool(12), fileLog(places)],
      gateway: { env: { KONG_MCP_OPERATIONS: operations } },
    });
    await untilListed(mcp.resource, ['big__list_invoice_0', 'every__echo'], {
      token: () => mcp.token(crypto.randomUUID()),
    });
  });
  afterAll(async () => {
    await mcp?.stop();
    await everything?.close();
    await big?.close();
  });

  interface Era {
    readonly era: string;
    readonly ask: (
      url: string,
      who: string,
      method: string,
      params?: Readonly<Record<string, unknown>>,
    ) => Promise<RpcAnswer>;
  }
  const sessions = new Map<string, string>();
  const eras: readonly Era[] = [
    {
      era: 'legacy',
      async ask(url, who, method, params = {}) {
        const token = await mcp.token(who);
        const key = `${url} ${who}`;
        const session = sessions.get(key) ?? (await openSession(url, { token }));
        sessions.set(key, session);
        return rpc(url, method, { params, session, token });
      },
    },
    {
      era: 'modern',
      async ask(url, who, method, params = {}) {
        return modernRpc(url, method, params, { token: await mcp.token(who) });
      },
    },
  ];

  function logged({ headers }: RpcAnswer): Promise<Line> {
    const lines = () => mcp.gateway.fileLogLines() as unknown as Line[];
    const find = () => lines().find(({ request }) => request.id === headers['x-kong-request-id']);
    return until<Line>(find, { what: 'the request was not logged' });
  }

  describe.each(eras)('by a client that is $era', ({ era, ask }) => {
    const call = (who: string, name: string, args: object = {}) =>
      ask(searched(), who, 'tools/call', { name, arguments: args });
    const find = async (who: string, query: string, limit = 5) => {
      const { message } = await call(who, 'search_tools', { query, limit });
      const [content] = message?.result?.['content'] as { text: string }[];
      return JSON.parse(content!.text) as {
        readonly tools: readonly { readonly name: string; readonly inputSchema: object }[];
        readonly more?: number;
      };
    };

    it('lists two tools and those that are always listed, and finds the others', async () => {
      const who = `${era}-finder`;
      const { message } = await ask(searched(), who, 'tools/list');
      const tools = message?.result?.['tools'] as { name: string }[];
      expect(tools.map(({ name }) => name)).toEqual([...own, 'every__echo']);
      const found = await find(who, 'archive vouchers of region 7');
      expect(found.tools).toHaveLength(5);
      expect(found.tools[0]).toMatchObject({
        name: 'big__archive_voucher_7',
        inputSchema: { properties: { id: { type: 'string' } } },
      });
      expect(found.more).toBeGreaterThan(10);
      const names = (await find(who, 'add two numbers to a sum')).tools.map(({ name }) => name);
      expect(names).toContain('every__get-sum');
    });

    it('calls what was found', async () => {
      const who = `${era}-caller`;
      const name = 'big__archive_voucher_7';
      const called = await call(who, 'call_tool', { name, arguments: { id: '7' } });
      expect(called.message).toHaveProperty('result');
      expect(JSON.parse(big.of('tools/call').at(-1)!.body)).toMatchObject({
        params: { name: 'archive_voucher_7', arguments: { id: '7' } },
      });
      const sum = { name: 'every__get-sum', arguments: { a: 2, b: 3 } };
      const { message } = await call(who, 'call_tool', sum);
      expect(JSON.stringify(message?.result?.['content'])).toContain('5');
      expect((await call(who, 'every__echo', { message: 'hi' })).text).toContain('hi');
    });

    it('needs the scopes of what it calls, of rules in either plugin', async () => {
      const reached = big.of('tools/call').length;
      for (const [name, wanted] of [
        ['big__delete_invoice_1', 'delete'],
        ['big__update_invoice_1', 'update'],
      ] as const) {
        const denied = await call(`${era}-poor`, 'call_tool', { name });
        expect(denied.status).toBe(403);
        expect(denied.headers['www-authenticate']).toContain(`${scope} ${wanted}"`);
        const plain = await ask(mcp.resource, `${era}-poor`, 'tools/call', { name });
        expect(plain.headers['www-authenticate']).toBe(denied.headers['www-authenticate']);
      }
      expect(big.of('tools/call')).toHaveLength(reached);
    });

    it('finds and calls nothing that rules hide, nor with arguments that they deny', async () => {
      const reached = big.of('tools/call').length;
      expect((await find('bob', 'archive voucher')).tools).toEqual([]);
      const name = 'big__archive_voucher_7';
      const hidden = await call('bob', 'call_tool', { name });
      expect(hidden.message?.error).toMatchObject({
        code: -32602,
        message: `Unknown tool: ${name}`,
      });
      const denied = await call(`${era}-unlucky`, 'call_tool', { name, arguments: { id: '13' } });
      expect(denied.message?.error?.code).toBe(-31026);
      for (const inner of [{}, { name: 'call_tool' }, { name: 'search_tools' }, { name, id: 7 }]) {
        const refused = await call(`${era}-unlucky`, 'call_tool', inner);
        expect(refused.message?.error?.code).toBe(-32602);
      }
      expect(big.of('tools/call')).toHaveLength(reached);
    });

    it('is limited and logged by the tool that it calls, whichever way', async () => {
      const who = `${era}-often`;
      const name = 'big__list_invoice_0';
      const inner = { name, arguments: { id: 'x' } };
      for (let n = 0; n < 6; n++) {
        expect((await call(who, name, { id: 'x' })).status).toBe(200);
        expect((await call(who, 'call_tool', inner)).status).toBe(200);
      }
      expect((await call(who, name)).status).toBe(429);
      const over = await call(who, 'call_tool', inner);
      expect(over.status).toBe(429);
      const { request, mcp: said } = await logged(over);
      expect(request.headers).toMatchObject({ 'mcp-name': name, 'mcp-method': 'tools/call' });
      expect(said).toMatchObject({ name, server: 'big', subject: who, arguments: { '/id': 'x' } });
      const other = await call(who, 'call_tool', { ...inner, name: 'big__list_invoice_1' });
      expect(other.status).toBe(200);
    });
  });

  it('lets Kong itself send calls of direct servers', async () => {
    const token = await mcp.token('direct');
    const session = await openSession(searched(), { token });
    const inner = { name: 'big__list_customer_3', arguments: { id: 'ü "quoted"\\' } };
    const params = { name: 'call_tool', arguments: inner, _meta: { mine: 1 } };
    const call = () => rpc(searched(), 'tools/call', { params, session, token });
    // The first one begins the session at the server; another worker is lent it meanwhile.
    const direct = async () => {
      const { mcp: said } = await logged(await call());
      return said['direct'] === true && said;
    };
    const said = await until(direct, { what: 'no call was direct' });
    expect(said).toMatchObject({ name: inner.name, server: 'big' });
    const arrived = JSON.parse(big.of('tools/call').at(-1)!.body) as { params: object };
    expect(arrived.params).toMatchObject({
      name: 'list_customer_3',
      arguments: inner.arguments,
      _meta: { mine: 1 },
    });
  });

  it.each([
    ['SDK v1', connectFirst],
    ['SDK v2', connectNext],
    ['SDK v2 without sessions', connectNextAs('auto')],
  ])('serves %s: progress, and questions of the server', async (title, connect) => {
    const answers = {
      'elicitation/create': { action: 'accept', content: { name: 'Ann' } },
      'roots/list': { roots: [] },
    };
    const token = await mcp.token(title.replaceAll(' ', '-'));
    const one: AnyClient = await connect(searched(), answers, token);
    try {
      const inner = { name: 'every__trigger-elicitation-request', arguments: {} };
      const asked = await one.client.callTool({ name: 'call_tool', arguments: inner });
      expect(one.asked.map(({ method }) => method)).toContain('elicitation/create');
      expect(JSON.stringify(asked.content)).toContain('Ann');
      const long = { name: 'every__trigger-long-running-operation' };
      const args = { ...long, arguments: { duration: 1, steps: 2 } };
      const [result, progress] = await one.withProgress('call_tool', args, 30_000);
      expect(JSON.stringify(result)).toContain('completed');
      expect(progress.length).toBeGreaterThan(0);
    } finally {
      await one.client.close();
    }
  });

  it('is told to operators', async () => {
    const views = async () => {
      const { text } = await exchange(`http://${operations}/status`, 'GET', {});
      const [endpoint] = JSON.parse(text).plugins['mcp-aggregate'].endpoints as readonly {
        readonly views: readonly object[] | null;
      }[];
      return endpoint?.views ?? undefined;
    };
    const told = await until(views, { what: 'the views were never counted' });
    expect(told).toMatchObject([{ name: 'all', discovery: true }]);
    const metrics = await exchange(`http://${operations}/metrics`, 'GET', {});
    expect(metrics.text).toMatch(/kong_mcp_requests_total\{[^}]*tool="search_tools"/);
    expect(metrics.text).toMatch(/kong_mcp_requests_total\{[^}]*tool="big__archive_voucher_7"/);
    expect(metrics.text).not.toContain('tool="call_tool"');
  });
});
