import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { scope, startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint, fileLog } from '../../support/rig/services.js';
import { callTool, rpc } from '../../support/rpc.js';
import type { RpcAnswer } from '../../support/rpc.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';

const secret = 'swordfish-argument-7203';

describe('rules of mcp-aggregate', () => {
  let issuer: Issuer;
  let everything: Awaited<ReturnType<typeof startServerEverything>>;
  let gateway: Gateway;
  let resource: string;
  let hiding: string;

  const rules = {
    scope_hierarchy: { 'mcp:all': ['mcp:echo', 'mcp:sum'] },
    scope_rules: [
      { names: ['demo__echo'], scopes: ['mcp:echo'] },
      { methods: ['tools/call'], names: ['demo__get-sum', '*__echo'], scopes: ['mcp:sum'] },
      { methods: ['prompts/get'], names: ['*__simple-prompt'], scopes: ['mcp:prompts'] },
    ],
    claim_rules: [
      { claim: 'realm.roles', contains: 'admin', effect: 'allow', names: ['*__get-env'] },
      { claim: 'tenant', one_of: ['evil'], effect: 'deny', names: ['*__get-tiny-image'] },
      { claim: 'tenant', one_of: ['evil'], effect: 'deny', names: ['demo__completable-prompt'] },
      {
        claim: 'tenant',
        one_of: ['evil'],
        effect: 'deny',
        names: ['mcp+demo+demo://resource/dynamic/text/*'],
      },
    ],
  };

  beforeAll(async () => {
    const port = await freePort();
    resource = `http://127.0.0.1:${port}/mcp`;
    hiding = `http://127.0.0.1:${port}/hiding`;
    [issuer, everything] = await Promise.all([
      startIssuer([resource, hiding]),
      startServerEverything(),
    ]);
    const servers = [{ name: 'demo', url: everything.url }];
    const oauth = { authorization_servers: [issuer.url], required_scopes: [scope] };
    gateway = await startGateway({
      port,
      declarative: (places) => ({
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            oauth: { ...oauth, resource },
            aggregate: { servers, ...rules },
            plugins: [fileLog(places)],
          }),
          endpoint({
            name: 'hiding',
            path: '/hiding',
            oauth: { ...oauth, resource: hiding, scope_hierarchy: { broad: ['mcp:echo'] } },
            aggregate: { servers, ...rules, hide_unauthorized: true },
          }),
        ],
      }),
    });
    for (const url of [resource, hiding]) {
      await until(async () => (await names(url, {})).includes('demo__get-structured-content'), {
        what: 'the server never listed its tools',
      });
    }
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), everything?.close()]);
  });

  const tokenFor = (url: string, claims: Record<string, unknown>) =>
    issuer.token(url, 'alice', { claims });

  async function names(url: string, claims: Record<string, unknown>): Promise<string[]> {
    const answer = await rpc(url, 'tools/list', { token: await tokenFor(url, claims) });
    return ((answer.message?.result?.['tools'] ?? []) as { name: string }[]).map(
      ({ name }) => name,
    );
  }

  async function call(
    url: string,
    name: string,
    claims: Record<string, unknown> = {},
  ): Promise<RpcAnswer> {
    return callTool(
      url,
      name,
      { message: secret, a: 1, b: 2 },
      { token: await tokenFor(url, claims) },
    );
  }

  it('list a tool whose scopes are missing, and answer its call 403 with all of them', async () => {
    expect(await names(resource, {})).toContain('demo__echo');
    const answer = await call(resource, 'demo__echo', { scope: 'mcp:tools mcp:echo' });
    expect(answer.status).toBe(403);
    const metadata = gateway.at('/.well-known/oauth-protected-resource/mcp');
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer error="insufficient_scope", error_description="the token lacks a scope this request needs", resource_metadata="${metadata}", scope="mcp:tools mcp:echo mcp:sum"`,
    );
    expect(answer.headers['x-mcp-outcome']).toBe('insufficient_scope');
    expect(answer.message).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: {
        code: -31008,
        message: 'this operation needs scopes that the caller lacks',
        data: { scopes: ['mcp:tools', 'mcp:echo', 'mcp:sum'] },
      },
    });
  });

  it.each(['mcp:tools mcp:echo mcp:sum', 'mcp:tools mcp:all'])(
    'let %s call it',
    async (granted) => {
      const answer = await call(resource, 'demo__echo', { scope: granted });
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.message?.result)).toContain(`Echo: ${secret}`);
    },
  );

  it('hide what claims deny, and answer its call as that of a name nobody has', async () => {
    expect(await names(resource, {})).not.toContain('demo__get-env');
    const hidden = await call(resource, 'demo__get-env');
    const missing = await call(resource, 'demo__get-not');
    expect(hidden.status).toBe(200);
    expect(hidden.message).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: {
        code: -32602,
        message: 'Unknown tool: demo__get-env',
        data: { request_id: expect.any(String) },
      },
    });
    const shape = ({ headers }: RpcAnswer) =>
      Object.keys(headers).filter((name) => !/^x-kong|latency|date|content-length/.test(name));
    expect(shape(hidden)).toEqual(shape(missing));
    expect(hidden.text.length).toBe(missing.text.length);
    const admin = { realm: { roles: ['admin'] } };
    expect(await names(resource, admin)).toContain('demo__get-env');
    expect((await call(resource, 'demo__get-env', admin)).message?.result).toBeDefined();
  });

  it('deny by a claim, too', async () => {
    expect(await names(resource, {})).toContain('demo__get-tiny-image');
    expect(await names(resource, { tenant: 'evil' })).not.toContain('demo__get-tiny-image');
    const answer = await call(resource, 'demo__get-tiny-image', { tenant: 'evil' });
    expect(answer.message?.error?.code).toBe(-32602);
  });

  it('hold for prompts, resources, templates and completion alike', async () => {
    const evil = { tenant: 'evil' };
    const ask = async (method: string, params: object, claims: Record<string, unknown>) =>
      rpc(resource, method, { token: await tokenFor(resource, claims), params });
    const listed = async (method: string, claims: Record<string, unknown>) =>
      JSON.stringify((await ask(method, {}, claims)).message?.result);
    const uri = 'mcp+demo+demo://resource/dynamic/text/1';
    const prompt = 'demo__completable-prompt';
    const complete = {
      ref: { type: 'ref/prompt', name: prompt },
      argument: { name: 'department', value: 'E' },
    };

    expect(await listed('prompts/list', {})).toContain(prompt);
    expect(await listed('prompts/list', evil)).not.toContain(prompt);
    expect(await listed('resources/templates/list', {})).toContain('dynamic/text');
    expect(await listed('resources/templates/list', evil)).not.toContain('dynamic/text');
    expect(await listed('resources/templates/list', evil)).toContain('dynamic/blob');

    for (const [method, params] of [
      ['prompts/get', { name: prompt, arguments: { department: 'Sales', name: 'Bob' } }],
      ['completion/complete', complete],
      ['resources/read', { uri }],
    ] as const) {
      const allowed = await ask(method, params, {});
      expect([method, allowed.message?.error]).toEqual([method, undefined]);
      const denied = await ask(method, params, evil);
      expect([method, denied.status]).toEqual([method, 200]);
      expect([-32602, -32002]).toContain(denied.message?.error?.code);
    }
    for (const spelled of [uri.replace('text', '%74ext'), uri.toUpperCase(), `${uri}/../1`]) {
      const denied = await ask('resources/read', { uri: spelled }, evil);
      expect([spelled, denied.message?.result]).toEqual([spelled, undefined]);
    }
    const poor = await ask('prompts/get', { name: 'demo__simple-prompt' }, {});
    expect(poor.status).toBe(403);
    expect(poor.headers['www-authenticate']).toContain('scope="mcp:tools mcp:prompts"');
    expect(await listed('prompts/list', {})).toContain('demo__simple-prompt');
  });

  it('hide what lacks scopes where that is wanted; mcp-oauth’s hierarchy counts', async () => {
    expect(await names(hiding, {})).not.toContain('demo__echo');
    expect((await call(hiding, 'demo__echo')).message?.error?.code).toBe(-32602);
    const granted = { scope: 'mcp:tools broad mcp:sum' };
    expect(await names(hiding, granted)).toContain('demo__echo');
    expect((await call(hiding, 'demo__echo', granted)).message?.result).toBeDefined();
  });

  it('leave what they refuse in Kong’s logs, without arguments', async () => {
    await until(
      async () =>
        gateway.fileLogLines().some((line) => {
          const entry = line as { response?: { status?: number }; mcp?: { name?: string } };
          return entry.response?.status === 403 && entry.mcp?.name === 'demo__echo';
        }),
      { what: 'the refusal is not in the log' },
    );
    const logs = `${gateway.logText()}${JSON.stringify(gateway.fileLogLines())}`;
    expect(logs).not.toContain(secret);
    for (const token of issuer.minted) expect(logs).not.toContain(token);
  });

  it('hold for a batch of the one version that has them', async () => {
    const token = await tokenFor(resource, {});
    const opened = await rpc(resource, 'initialize', {
      token,
      params: {
        protocolVersion: '2025-03-26',
        capabilities: {},
        clientInfo: { name: 'e2e', version: '1' },
      },
    });
    const session = String(opened.headers['mcp-session-id']);
    const batch = (name: string) => {
      const params = { name, arguments: { a: 1, b: 2 } };
      const body = JSON.stringify([{ jsonrpc: '2.0', id: 1, method: 'tools/call', params }]);
      return rpc(resource, 'tools/call', { token, session, body });
    };
    const refused = await batch('demo__get-sum');
    expect(refused.status).toBe(403);
    expect(refused.headers['www-authenticate']).toContain('scope="mcp:tools mcp:sum"');
    const hidden = await batch('demo__get-env');
    expect(JSON.stringify(hidden.message)).toContain('Unknown tool: demo__get-env');
    const allowed = await batch('demo__get-tiny-image');
    expect(allowed.status).toBe(200);
    expect(JSON.stringify(allowed.message)).toContain('"result"');
  });
});
