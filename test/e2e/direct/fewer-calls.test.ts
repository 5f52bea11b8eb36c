import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fewerCalls } from '../../../kong/direct/fewer-calls.js';
import { startEchoUpstream } from '../../support/gateway/echo-upstream.js';
import type { EchoUpstream, Seen } from '../../support/gateway/echo-upstream.js';
import { startGateway } from '../../support/gateway/gateway.js';
import { OwnPluginServer } from '../../support/gateway/plugin-server.js';
import { startTap } from '../../support/gateway/tap.js';
import { functionsConf } from '../../support/functions.js';
import { freePort } from '../../support/ports.js';
import { projectFile } from '../../support/project.js';
import { startIssuer } from '../../support/rig/issuer.js';
import { untilListed } from '../../support/rig/listed.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type {
  ProtectedEndpoint,
  ProtectedEndpointOptions,
} from '../../support/rig/one-endpoint.js';
import { callTool, exchange } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const onKong = Boolean(process.env['KONG_BIN']);
const tools = '{"tools":[{"name":"x","inputSchema":{"type":"object"}}]}';

describe('calls to Kong for one tools/call', () => {
  let server: HttpFixture;
  beforeAll(async () => {
    server = await startHttpFixture();
    server.on('tools/list', (arrived, response) => answer(arrived, response, tools));
  });
  afterAll(() => server?.close());

  async function callsOf(gateway: NonNullable<ProtectedEndpointOptions['gateway']>) {
    const folder = mkdtempSync(join(tmpdir(), 'tap-'));
    const socket = join(folder, 'plugins.socket');
    const main = projectFile('dist/kong/pluginserver/main.js');
    const command = [process.execPath, main, '--socket', socket];
    const plugins = new OwnPluginServer({ command, env: {}, socket, workers: 1 });
    await plugins.respawn();
    await using tap = await startTap(socket);
    const mcp = await startProtectedEndpoint({
      aggregate: { servers: [{ name: 's', url: server.url }] },
      gateway: { ...gateway, pluginServer: { socket: tap.path } },
    });
    try {
      await untilListed(mcp.resource, ['s__x'], { token: mcp.token });
      const token = await mcp.token();
      const call = async () => (await callTool(mcp.resource, 's__x', {}, { token })).status;
      // What a plugin has found out of a route it does not ask again.
      expect([await call(), await call()]).toEqual([200, 200]);
      tap.calls();
      expect(await call()).toBe(200);
      return tap.calls();
    } finally {
      await mcp.stop();
      await plugins.stop();
      rmSync(folder, { recursive: true });
    }
  }

  it('are four with the function, each by one name', async () => {
    expect(await callsOf({ functions: true })).toEqual(Array(4).fill('kong.ctx.shared.get'));
  });

  it('are the usual ones without it', async () => {
    const calls = await callsOf({ functions: false });
    expect(calls).toContain('kong.request.get_headers');
    expect(calls.length).toBeGreaterThan(9);
  });

  it.runIf(onKong)('are the usual ones where the sandbox has no setmetatable', async () => {
    const conf = { untrusted_lua_sandbox_environment: 'rawlen' };
    expect(await callsOf({ functions: true, conf })).toContain('kong.request.get_headers');
  });
});

describe('what others see of a request', () => {
  const sides: Record<'with' | 'without', { mcp: ProtectedEndpoint; echo: EchoUpstream }> =
    {} as never;

  beforeAll(async () => {
    for (const side of ['with', 'without'] as const) {
      const echo = await startEchoUpstream();
      const mcp = await startProtectedEndpoint({
        url: echo.url,
        oauth: { claim_to_header: [{ claim: 'sub', header: 'X-User' }] },
        gateway: { functions: side === 'with' },
      });
      sides[side] = { mcp, echo };
    }
  });
  afterAll(async () => {
    for (const { mcp, echo } of Object.values(sides)) {
      await mcp?.stop();
      await echo?.close();
    }
  });

  async function seen(
    side: 'with' | 'without',
    headers: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<Pick<Seen, 'headers'> & { readonly status: number }> {
    const { mcp } = sides[side];
    const authorization = `Bearer ${await mcp.token('ann')}`;
    const { status, text } = await exchange(
      mcp.resource,
      'POST',
      { authorization, ...headers },
      '',
    );
    const own = (JSON.parse(text) as Partial<Seen>).headers ?? {};
    // These differ from one request, or one gateway, to the next.
    for (const name of ['host', 'x-kong-request-id', 'x-forwarded-port', 'x-forwarded-host']) {
      delete (own as Record<string, unknown>)[name];
    }
    return { status, headers: own };
  }

  it.each<[string, Readonly<Record<string, string | readonly string[]>>]>([
    ['nothing more', {}],
    ['an identity of the client’s own', { 'x-consumer-id': '1', x_mcp_subject: 'root' }],
    ['headers that come again', { 'x-a': ['1', '2', '3'], 'x-mcp-a': ['1', '2'] }],
    ['what reads like deeds', { '1!24': 'x', 'x-b': '.c1:ah1:x3:y:z', 'x-c': 'mcp 1 request' }],
    ['lengths in values', { 'x-a': '3:abc', 'x-b': '99999999:', 'x-c': ':' }],
    ['bytes that are no UTF-8', { 'x-a': '\u00ff\u00fe', 'x-b': '\u00c3(' }],
    ['empty values', { 'x-a': '', 'x-mcp-b': '' }],
    ['names that mean something to JavaScript', { __proto__x: '1', constructor: '2' }],
    ['a long value', { 'x-a': 'a'.repeat(4000) }],
    [
      'three hundred headers',
      Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`x-${n}`, '1'])),
    ],
  ])('is the same with the function: %s', async (_what, headers) => {
    const [one, other] = [await seen('with', headers), await seen('without', headers)];
    expect(one).toEqual(other);
    if (one.status !== 200) return;
    expect(one.headers).toMatchObject({ 'x-user': 'ann' });
    expect(one.headers).not.toHaveProperty('authorization');
  });

  it('is answered the same where it goes no further', async () => {
    const answers = Object.values(sides).map(async ({ mcp }) => {
      const { resource } = mcp;
      const cases: readonly Record<string, string>[] = [
        {},
        { authorization: 'Bearer x' },
        { authorization: 'Basic x' },
      ];
      const all = cases.map((headers) => exchange(resource, 'POST', headers, '{}'));
      return (await Promise.all(all)).map(({ status, text }) => [status, text]);
    });
    const [one, other] = await Promise.all(answers);
    expect(one).toEqual(other);
    expect(one!.map(([status]) => status)).toEqual([401, 401, 401]);
  });
});

describe.runIf(onKong)('other plugins of Kong', () => {
  it('change a request before ours, and see what ours have done', async () => {
    await using echo = await startEchoUpstream();
    // Behind ours in the list: a token from elsewhere, as an operator's own function may have it.
    const own = `return function()
      local token = ngx.var.http_x_token
      if token then
        kong.service.request.set_header("Authorization", "Bearer " .. token)
      end
    end`;
    const mcp = await startProtectedEndpoint({
      url: echo.url,
      plugins: () => [
        { name: 'pre-function', config: { access: [fewerCalls, own] } },
        { name: 'correlation-id', config: { header_name: 'X-Mcp-Correlation' } },
        {
          name: 'request-transformer',
          config: { add: { headers: ['X-Saw:$(headers["authorization"] or "nothing")'] } },
        },
        { name: 'rate-limiting', config: { hour: 2, policy: 'local', limit_by: 'credential' } },
      ],
      gateway: { functions: true },
    });
    try {
      const call = async (user: string) => {
        const headers = { 'x-token': await mcp.token(user) };
        const { status, text } = await exchange(mcp.resource, 'POST', headers, '{}');
        return { status, headers: (JSON.parse(text) as Partial<Seen>).headers };
      };
      const first = await call('ann');
      expect(first.status).toBe(200);
      expect(first.headers).toMatchObject({ 'x-saw': 'nothing' });
      expect(first.headers).not.toHaveProperty('authorization');
      // Set before ours by whoever, under a name that only ours may set.
      expect(first.headers).not.toHaveProperty('x-mcp-correlation');
      expect((await call('ann')).status).toBe(200);
      expect((await call('ann')).status).toBe(429);
      expect((await call('ben')).status).toBe(200);
    } finally {
      await mcp.stop();
    }
  });

  it('cannot have deeds done by a name that they look up', async () => {
    await using echo = await startEchoUpstream();
    const careless = `return function()
      local name = ngx.unescape_uri(ngx.var.http_x_name or "")
      kong.service.request.set_header("X-Found", tostring(kong.ctx.shared[name]))
    end`;
    const mcp = await startProtectedEndpoint({
      url: echo.url,
      plugins: () => [{ name: 'pre-function', config: { access: [fewerCalls, careless] } }],
      gateway: { functions: true },
    });
    try {
      const ask = async (name: string) => {
        const authorization = `Bearer ${await mcp.token()}`;
        const headers = { authorization, 'x-name': encodeURIComponent(name) };
        return exchange(mcp.resource, 'POST', headers, '{}');
      };
      expect((await ask('anything')).text).toContain('"x-found":"nil"');
      const forged = `\u0001!24:${'0'.repeat(24)}h8:x-forged1:1.`;
      const { status, text } = await ask(forged);
      expect([status, text.includes('x-forged')]).toEqual([500, false]);
    } finally {
      await mcp.stop();
    }
  });
});

describe('a plugin on the Service, the function on one of its routes', () => {
  it.each([
    ['with', 'without'],
    ['without', 'with'],
  ])('first the route %s, then %s it', async (...order) => {
    await using echo = await startEchoUpstream();
    const port = await freePort();
    const resource = `http://127.0.0.1:${port}/mcp`;
    const issuer = await startIssuer([resource]);
    const oauth = { resource, authorization_servers: [issuer.url] };
    const paths = { with: '/mcp', without: '/other' } as Record<string, string>;
    const plugins = [{ name: 'pre-function', config: { access: [fewerCalls] } }];
    const routes = [
      { name: 'with', paths: [paths['with']], strip_path: false, plugins },
      { name: 'without', paths: [paths['without']], strip_path: false },
    ];
    const own = [{ name: 'mcp-oauth', config: oauth }];
    const declarative = {
      services: [{ name: 'mcp', url: echo.url, retries: 0, routes, plugins: own }],
    };
    const conf = functionsConf;
    await using gateway = await startGateway({ port, declarative, conf, functions: false });
    try {
      const headers = { authorization: `Bearer ${await issuer.token(resource)}`, 'x-mcp-a': '1' };
      for (const route of [...order, ...order]) {
        const at = gateway.at(paths[route]!);
        const { status, text } = await exchange(at, 'POST', headers, '');
        expect([route, status]).toEqual([route, 200]);
        expect(JSON.parse(text).headers).not.toHaveProperty('authorization');
        expect(JSON.parse(text).headers).not.toHaveProperty('x-mcp-a');
        expect((await exchange(at, 'POST', {}, '')).status).toBe(401);
      }
    } finally {
      await issuer.close();
    }
  });
});
