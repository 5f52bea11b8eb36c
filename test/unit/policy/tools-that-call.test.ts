import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../plugins/mcp-oauth/config/config.js';
import { authorize } from '../../../plugins/mcp-oauth/core/authorize.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';
import * as any from '../../support/policy/arbitraries.js';

interface Caller {
  readonly scopes: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
}
const nobody: Caller = { scopes: [], claims: {} };

function decide(rules: object, body: unknown, caller = nobody) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const headers = { 'content-type': 'application/json' };
  const facts = { method: 'POST', headers, readBody: () => Promise.resolve(bytes) };
  return authorize(facts, readConfig(pluginConfig(rules as Record<string, unknown>)), caller);
}
const message = (method: string, params: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  params,
});
const call = (name: string, args?: unknown) => message('tools/call', { name, arguments: args });
const raw = (args: string) =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call_tool","arguments":${args}}}`;

describe('rules of mcp-oauth on tools that call others', () => {
  const rules = {
    scope_rules: [
      { names: ['danger'], scopes: ['more'] },
      { methods: ['tools/list'], scopes: ['list'] },
    ],
  };

  it('hold for the tool that call_tool names, and for the list that search_tools shows', async () => {
    for (const body of [
      call('danger'),
      call('call_tool', { name: 'danger' }),
      call('call_tool', { arguments: {}, name: 'danger' }),
      raw('{"n\\u0061me":"d\\u0061nger"}'),
      [call('call_tool', { name: 'danger' })],
    ]) {
      const reply = await decide(rules, body);
      expect(reply?.status).toBe(403);
      expect(reply?.headers['WWW-Authenticate']).toContain('scope="more"');
      expect(await decide(rules, body, { ...nobody, scopes: ['more'] })).toBeUndefined();
    }
    const search = call('search_tools', { query: 'x' });
    expect((await decide(rules, search))?.headers['WWW-Authenticate']).toContain('scope="list"');
    expect(await decide(rules, search, { ...nobody, scopes: ['list'] })).toBeUndefined();
  });

  it('let pass what names no tool, which servers may have their own ideas of', async () => {
    for (const args of [undefined, {}, [], 'danger', { name: 7 }, { tool: 'danger' }]) {
      expect(await decide(rules, call('call_tool', args))).toBeUndefined();
    }
    expect(await decide(rules, call('other', { name: 'danger' }))).toBeUndefined();
  });

  it.each([
    '{"name":"x","name":"danger"}',
    '{"name":"x","Name":"danger"}',
    '{"name":"x","n\\u0061me":"danger"}',
  ])('refuse a name that parsers could read differently: %s', async (args) => {
    expect((await decide(rules, raw(args)))?.status).toBe(400);
  });

  it('decide on a call by way of call_tool as on the two calls', async () => {
    const names = fc.constantFrom(...any.toolNames, 'call_tool');
    const seen = { passed: 0, refused: 0 };
    const property = fc.asyncProperty(
      fc.tuple(any.policy, any.claims, any.scopes, names),
      async ([policy, claims, scopes, name]) => {
        const caller = { claims, scopes };
        const inner = await decide(policy, call(name), caller);
        const outer = await decide(policy, call('call_tool'), caller);
        const both = await decide(policy, call('call_tool', { name }), caller);
        expect(both === undefined).toBe(inner === undefined && outer === undefined);
        seen[both ? 'refused' : 'passed']++;
      },
    );
    await fc.assert(property, { numRuns: 300 });
    expect(Math.min(seen.passed, seen.refused)).toBeGreaterThan(50);
  });
});
