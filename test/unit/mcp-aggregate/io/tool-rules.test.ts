import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import type { ServerPins } from '../../../../plugins/mcp-aggregate/core/pins/server-pins.js';
import { rulesOfTool } from '../../../../plugins/mcp-aggregate/io/operations/tool-rules.js';
import { kongConfig } from '../../../support/aggregate/harness.js';
import { pageModule } from '../../../support/browser/page-module.js';

const { ruleTexts } = await pageModule<{
  ruleTexts: (rules: object, hides: boolean) => readonly string[];
}>('rules.mjs');

const secret = 'alice@example.com';
const rule = {
  equals: undefined,
  one_of: [],
  matches: undefined,
  claim: undefined,
  reason: undefined,
};
const view = { equals: undefined, contains: undefined, one_of: [], prompts: [], resources: [] };

function configOf(more: Readonly<Record<string, unknown>> = {}) {
  const kong = kongConfig([{ name: 's' }], more);
  const [server] = kong.servers ?? [];
  const override = {
    name: 'pay',
    rename: 'buy',
    description: undefined,
    fixed_arguments: { account: `"${secret}"` },
    hidden_arguments: ['debug'],
    log_arguments: ['/amount'],
    redact_arguments: [],
    timeout: undefined,
  };
  const tools = { allow: [], deny: [], overrides: [override] };
  return readConfig({ ...kong, servers: [{ ...server!, tools }] });
}

const full = configOf({
  scope_rules: [
    { methods: [], names: ['s__buy'], scopes: ['pay', 'read'] },
    { methods: ['prompts/get'], names: ['*'], scopes: ['prompts'] },
  ],
  claim_rules: [
    { methods: [], names: ['s__*'], claim: 'realm.roles', contains: secret, effect: 'allow' },
    { methods: [], names: ['*buy'], claim: 'a\\.b', one_of: [secret], effect: 'deny' },
    { methods: [], names: ['t__*'], claim: 'x', equals: 'y', effect: 'deny' },
  ],
  argument_rules: [
    {
      ...rule,
      names: ['s__*'],
      argument: '/owner',
      claim: 'orgs',
      effect: 'require',
      optional: true,
      reason: 'Yours only',
    },
    {
      ...rule,
      names: ['s__buy'],
      argument: '/who',
      equals: secret,
      effect: 'deny',
      optional: false,
    },
    {
      ...rule,
      names: ['s__buy'],
      argument: '/sum',
      matches: '[0-9]+',
      effect: 'require',
      optional: false,
    },
    { ...rule, names: ['t__*'], argument: '/none', equals: 'x', effect: 'deny', optional: false },
  ],
  views: [
    { ...view, name: 'shop', path: '/mcp/shop', claim: undefined, servers: ['s'], tools: [] },
    { ...view, name: 'other', path: '/mcp/other', claim: undefined, servers: [], tools: ['t__*'] },
  ],
});
const told = (name: string, original: string, config = full, pins?: object) =>
  rulesOfTool(
    { config, server: config.servers[0], pins: pins as ServerPins | undefined },
    name,
    original,
  );

describe('the rules of a tool', () => {
  it('are those that concern it, without the values they compare with or set', () => {
    const rules = told('s__buy', 'pay');
    expect(rules).toEqual({
      unclear: false,
      scopes: ['pay', 'read'],
      claims: [
        { claim: 'realm.roles', effect: 'allow', by: 'contains' },
        { claim: 'a\\.b', effect: 'deny', by: 'one_of' },
      ],
      arguments: [
        {
          argument: '/owner',
          effect: 'require',
          by: 'claim',
          claim: 'orgs',
          optional: true,
          reason: 'Yours only',
        },
        { argument: '/who', effect: 'deny', by: 'equals', optional: false, reason: null },
        { argument: '/sum', effect: 'require', by: 'matches', optional: false, reason: null },
      ],
      fixed_arguments: ['account'],
      hidden_arguments: ['debug'],
      logged_arguments: ['/amount'],
      guards: [],
      views: ['shop'],
      pin: null,
    });
    expect(JSON.stringify(rules)).not.toContain(secret);
  });

  it('are few for a tool that none is about', () => {
    expect(told('s__look', 'look', configOf())).toEqual({
      unclear: false,
      scopes: [],
      claims: [],
      arguments: [],
      fixed_arguments: [],
      hidden_arguments: [],
      logged_arguments: [],
      guards: [],
      views: null,
      pin: null,
    });
  });

  it('say how it stands to what was approved', () => {
    const changes = {
      of: (kind: string, item: string) =>
        kind === 'tool' && item === 'pay' ? 'changed' : undefined,
      leftOut: () => left,
    };
    let left = 0;
    const pins = { options: { approvals: {} }, changes };
    expect(told('s__buy', 'pay', full, pins)).toMatchObject({ pin: 'changed' });
    expect(told('s__look', 'look', full, pins)).toMatchObject({ pin: 'approved' });
    left = 1;
    expect(told('s__look', 'look', full, pins)).toMatchObject({ pin: null });
    const linted = { options: {}, changes };
    expect(told('s__buy', 'pay', full, linted)).toMatchObject({ pin: null });
  });

  it('are sentences in the console', () => {
    const guards = [{ name: 'pii', on: ['request', 'result'] }];
    expect(ruleTexts({ ...told('s__buy', 'pay'), guards, pin: 'added' }, true)).toEqual([
      'Needs pay, read; who lacks one does not see it.',
      'Hidden from whose claim a\\.b is one of some values.',
      'Only for whose claim realm.roles holds one value.',
      "Argument /owner must be in the caller's claim orgs, or may be left out: “Yours only”",
      'Argument /who must not be one value.',
      'Argument /sum must match an expression.',
      'The gateway sets account; clients do not see it.',
      'Nobody may give debug; clients do not see it.',
      'Logged with calls: /amount.',
      'Guard pii is asked before and after the call.',
      'Views: shop.',
      'Pinned: it is not among what was approved.',
    ]);
    expect(ruleTexts(told('s__look', 'look', configOf()), false)).toEqual([]);
    const unknown = { ...told('s__buy', 'pay', configOf()), unclear: true, views: [] };
    expect(ruleTexts(unknown, false)).toContain(
      'What scopes it needs is not known yet: nobody may call it.',
    );
    expect(ruleTexts(unknown, false)).toContain('No view shows it.');
  });
});
