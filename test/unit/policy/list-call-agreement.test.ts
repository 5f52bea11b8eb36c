import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../../lib/log.js';
import { scopeChallenge } from '../../../lib/http/challenge.js';
import type { HandedAuthorization } from '../../../lib/handles/handles.js';
import { FakeUpstream, tool, unreachable } from '../../support/aggregate/fake-upstream.js';
import { kongConfig, rpc, startHarness } from '../../support/aggregate/harness.js';
import type { Harness, KongConfig, Sent } from '../../support/aggregate/harness.js';
import * as any from '../../support/policy/arbitraries.js';

beforeAll(() => setLogLevel('error'));
afterAll(() => setLogLevel('info'));

interface Answer {
  readonly status: number;
  readonly challenge: string | null;
  readonly server: string | null;
  readonly message: {
    readonly result?: { readonly tools?: { readonly name: string }[] };
    readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  };
}

const authorization = (scopes: readonly string[]): HandedAuthorization => ({
  requiredScopes: ['base'],
  granted: new Set(['base', ...scopes]),
  metadataUrl: 'https://mcp.test/metadata',
});

describe('lists and calls', () => {
  let harness: Harness;
  const servers = [
    new FakeUpstream('a', [tool('one'), tool('two')]),
    new FakeUpstream('b', [tool('one'), tool('two')]),
  ];
  let entries = 0;
  /** A configuration of its own entry, so that none supersedes another. */
  const configOf = (own: object): KongConfig =>
    kongConfig(servers, { ...own, __plugin_id: `entry-${String(++entries)}` });

  beforeAll(async () => {
    harness = await startHarness(servers);
  });
  afterAll(() => harness.stop());

  async function ask(config: KongConfig, who: Sent, method: string, params?: object) {
    const response = await harness.send({ ...who, json: rpc(method, params, 1) }, config);
    const answer: Answer = {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      server: response.headers.get('x-mcp-server'),
      message: (await response.json()) as Answer['message'],
    };
    return answer;
  }

  const call = (config: KongConfig, who: Sent, name: string) =>
    ask(config, who, 'tools/call', { name, arguments: {} });

  const list = async (config: KongConfig, who: Sent) => {
    const { status, message } = await ask(config, who, 'tools/list');
    return status === 200 ? message.result?.tools?.map(({ name }) => name) : undefined;
  };

  /** What a name that no server has is answered, for comparison. */
  const unknown = (name: string): Answer => ({
    status: 200,
    challenge: null,
    server: null,
    message: expect.objectContaining({
      error: { code: -32602, message: `Unknown tool: ${name}` },
    }) as Answer['message'],
  });

  it('agree, whatever the rules and whoever asks', async () => {
    const seen = { hidden: 0, refused: 0, served: 0 };
    await fc.assert(
      fc.asyncProperty(
        any.policy,
        any.scopes,
        any.claims,
        fc.boolean(),
        async (policy, scopes, claims, hide_unauthorized) => {
          const config = configOf({ ...policy, hide_unauthorized });
          const who = { identity: { scopes, claims }, authorization: authorization(scopes) };
          const listed = await list(config, who);
          if (listed === undefined) return;
          for (const name of any.toolNames) {
            const answer = await call(config, who, name);
            if (!listed.includes(name)) {
              expect([name, answer]).toEqual([name, unknown(name)]);
              seen.hidden++;
            } else if (answer.status === 403) {
              expect(answer.message.error).toMatchObject({ code: -31008 });
              expect(answer.challenge).toMatch(/^Bearer .*scope="base s\d/);
              expect(hide_unauthorized).toBe(false);
              seen.refused++;
            } else {
              expect(answer.message.result).toBeDefined();
              seen.served++;
            }
          }
        },
      ),
      { numRuns: 150 },
    );
    // The rules are drawn at random: that all three are seen is what matters.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(2);
  });

  it('go by the names that clients see', async () => {
    const config = configOf({
      claim_rules: [{ claim: 'role', equals: 'x', effect: 'deny', names: ['a__*', 'two'] }],
    });
    const who = { identity: { claims: { role: 'x' } } };
    expect(await list(config, who)).toEqual(['b__one', 'b__two']);
    expect(await list(config, {})).toEqual(['a__one', 'a__two', 'b__one', 'b__two']);
  });

  it('give one caller nothing of what another may see', async () => {
    const config = configOf({
      claim_rules: [{ claim: 'role', equals: 'x', effect: 'allow', names: ['a__*'] }],
    });
    const member = { as: 'bob', identity: { claims: { role: 'x' } } };
    for (let round = 0; round < 3; round++) {
      expect(await list(config, member)).toHaveLength(4);
      expect(await list(config, { as: 'eve' })).toEqual(['b__one', 'b__two']);
      expect(await list(config, { as: 'bob' })).toEqual(['b__one', 'b__two']);
    }
  });

  it('ask once for all scopes an operation needs, the required ones first', async () => {
    const config = configOf({
      scope_rules: [
        { names: ['a__*'], scopes: ['s1'] },
        { names: ['*__one'], scopes: ['s2', 's1'] },
      ],
    });
    const who = { identity: { scopes: ['s1'] }, authorization: authorization(['s1']) };
    const answer = await call(config, who, 'a__one');
    expect(answer).toEqual({
      status: 403,
      challenge: scopeChallenge('https://mcp.test/metadata', ['base', 's1', 's2']),
      server: null,
      message: {
        jsonrpc: '2.0',
        id: 1,
        error: {
          code: -31008,
          message: 'this operation needs scopes that the caller lacks',
          data: { scopes: ['base', 's1', 's2'] },
        },
      },
    });
    expect((await call(config, who, 'a__two')).status).toBe(200);
  });

  it('know what mcp-oauth’s own hierarchy implies', async () => {
    const config = configOf({
      scope_hierarchy: { s2: ['s3'] },
      scope_rules: [{ names: ['a__one'], scopes: ['s3'] }],
    });
    const implied = { ...authorization([]), granted: new Set(['base', 's1', 's2']) };
    const who = { identity: { scopes: ['s1'] }, authorization: implied };
    expect((await call(config, who, 'a__one')).message.result).toBeDefined();
  });

  it('have no scopes for a Kong consumer and for nobody', async () => {
    const config = configOf({
      scope_rules: [{ names: ['a__*'], scopes: ['s1'] }],
      anonymous: true,
    });
    for (const who of [
      { as: null },
      { as: null, answers: { 'nginx.getCtx': { id: 'a-credential' } } },
    ]) {
      expect(await list(config, who)).toHaveLength(4);
      const answer = await call(config, who, 'a__one');
      expect([answer.status, answer.challenge]).toEqual([403, null]);
      expect((await call(config, who, 'b__one')).status).toBe(200);
    }
  });

  it('hide a name of a server that never answered as any name below its prefix', async () => {
    const dead = new FakeUpstream('dead');
    dead.onList = () => Promise.reject(unreachable('dead'));
    const own = await startHarness([dead]);
    try {
      const claim_rules = [{ claim: 'x', equals: 'x', effect: 'allow', names: ['dead__hidden'] }];
      const config = kongConfig([dead], { claim_rules });
      const answers = await Promise.all(
        ['dead__hidden', 'dead__other'].map(async (name) => {
          const response = await own.send({ json: rpc('tools/call', { name }, 1) }, config);
          return { status: response.status, message: await response.json() };
        }),
      );
      expect(answers[0]).toEqual(answers[1]);
      expect(answers[0]?.message).toMatchObject({ error: { code: -31001 } });
    } finally {
      await own.stop();
    }
  });

  it('name a server that is down only to those who may know of something of it', async () => {
    const dead = new FakeUpstream('dead');
    dead.onList = () => Promise.reject(unreachable('dead'));
    const own = await startHarness([dead, new FakeUpstream('live', [tool('one')])]);
    try {
      const claim_rules = [{ claim: 'role', equals: 'x', effect: 'allow', names: ['dead__*'] }];
      const config = kongConfig([dead, { name: 'live' }], { claim_rules });
      const listed = async (who: Sent) =>
        (await own.send({ json: rpc('tools/list'), ...who }, config)).text();
      expect(await listed({ identity: { claims: { role: 'x' } } })).toContain('"dead"');
      const stranger = await listed({});
      expect(stranger).toContain('live__one');
      expect(stranger).not.toContain('dead');
      const called = async (method: string, name: string, who: Sent) =>
        (await own.send({ json: rpc(method, { name }, 1), ...who }, config)).json();
      for (const [method, code] of [
        ['tools/call', -32602],
        ['prompts/get', -32602],
      ] as const) {
        const [hidden, madeUp] = await Promise.all(
          ['dead__x', 'none__x'].map((name) => called(method, name, {})),
        );
        expect(JSON.stringify(hidden).replaceAll('dead', 'none')).toBe(JSON.stringify(madeUp));
        expect(hidden).toMatchObject({ error: { code } });
        const known = await called(method, 'dead__x', { identity: { claims: { role: 'x' } } });
        expect(known).toMatchObject({ error: { code: -31001, data: { server: 'dead' } } });
      }
    } finally {
      await own.stop();
    }
  });
});

describe('the access phase', () => {
  let harness: Harness;
  const servers = [new FakeUpstream('a', [tool('one'), tool('two')])];
  beforeAll(async () => {
    harness = await startHarness(servers);
  });
  afterAll(() => harness.stop());

  const claim_rules = [{ claim: 'role', equals: 'x', effect: 'deny', methods: ['tools/*'] }];
  const denied = { identity: { claims: { role: 'x' } } };

  it.each<[string, Sent]>([
    ['a list', { json: rpc('tools/list') }],
    ['a notification', { json: { jsonrpc: '2.0', method: 'tools/odd' } }],
  ])('answers 403 where claims deny %s, which cannot be hidden', async (_what, request) => {
    const config = kongConfig(servers, { claim_rules });
    const kong = await harness.access({ ...request, ...denied }, config);
    expect(kong.exit()).toMatchObject({ status: 403 });
    expect(kong.exit()?.body).toContain('-31009');
    expect(kong.exit()?.headers).not.toHaveProperty('www-authenticate');
    expect(kong.callsOf('service.setTarget')).toEqual([]);
  });

  it.each(['GET', 'DELETE'])('rules on %s by rules on everything', async (method) => {
    const scope_rules = [{ scopes: ['s1'] }];
    const config = kongConfig(servers, { scope_rules });
    const without = await harness.access({ method }, config);
    expect(without.exit()).toMatchObject({ status: 403 });
    const identity = { scopes: ['s1'] };
    const allowed = await harness.access({ method, identity }, config);
    expect(allowed.exit()?.status).not.toBe(403);
  });

  it('refuses in two flushes, and names the request in Kong’s logs', async () => {
    const config = kongConfig(servers, { scope_rules: [{ scopes: ['s1'] }] });
    const json = rpc('tools/call', { name: 'a__one', arguments: { secret: 'value' } });
    const kong = await harness.access({ json }, config);
    expect(kong.flushes()).toBe(2);
    const [[, , values]] = kong.callsOf('log.setSerializeValue') as [[string, string, object]];
    expect(values).toMatchObject({ subject: 'alice', method: 'tools/call', name: 'a__one' });
    expect(JSON.stringify(kong.calls)).not.toContain('value"');
  });

  it('counts a hidden name as an unknown one', async () => {
    const json = rpc('tools/call', { name: 'a__one' });
    const limitKey = async (config: KongConfig, name = 'a__one') => {
      const kong = await harness.access({ ...denied, json: { ...json, params: { name } } }, config);
      return kong.upstreamHeaders()['x-mcp-limit-key'];
    };
    const strict = kongConfig(servers, { claim_rules });
    const open = kongConfig(servers);
    await harness.send({ json: rpc('tools/list') }, strict);
    await harness.send({ json: rpc('tools/list') }, open);
    expect(await limitKey(strict)).toBe(await limitKey(strict, 'a__nope'));
    expect(await limitKey(open)).not.toBe(await limitKey(open, 'a__nope'));
  });
});
