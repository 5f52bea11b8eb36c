import { describe, expect, it } from 'vitest';
import { itemOperations } from '../../../lib/policy/operation.js';
import { Policy } from '../../../lib/policy/policy.js';
import { scopesOfTools } from '../../../plugins/mcp-aggregate/config/tools/scopes-of-tools.js';
import { toolScopes } from '../../../plugins/mcp-aggregate/core/policy/tool-scopes.js';

const openapi = {} as never;
const overrides = new Map([['b', { rename: 'other', description: undefined }]]);
const servers = [
  { key: 'api-key', prefix: 'api__', overrides, openapi },
  { key: 'mcp-key', prefix: 'api__mcp__', overrides },
];
const subject = { claims: {}, granted: new Set(['read']) };

describe('scopes that documents of APIs name', () => {
  const policy = new Policy([], [], scopesOfTools(servers));
  const ruling = (name: string) => policy.rule(itemOperations('tool', name), subject).kind;

  it('let nobody call a tool before they are known', () => {
    expect(ruling('api__a')).toBe('denied');
    expect(ruling('api__mcp__a')).toBe('allowed');
    expect(ruling('elsewhere')).toBe('allowed');
  });

  it('are needed once they are, by the names that clients see', () => {
    toolScopes.set(
      'api-key',
      new Map([
        ['a', ['read']],
        ['b', ['write']],
      ]),
    );
    expect(ruling('api__a')).toBe('allowed');
    expect(ruling('api__other')).toBe('lacks_scope');
    expect(ruling('api__b')).toBe('allowed');
    expect(ruling('api__none')).toBe('allowed');
    expect(policy.rule(itemOperations('prompt', 'api__other'), subject).kind).toBe('allowed');
    toolScopes.delete('api-key');
    expect(ruling('api__a')).toBe('denied');
  });

  it.each([
    ['first', ['b', 'other']],
    ['last', ['other', 'b']],
  ])('are those of each tool that claims a name, the renamed one %s', (_, [one, two]) => {
    const scopes: Record<string, readonly string[]> = { b: ['write'], other: ['read'] };
    toolScopes.set('api-key', new Map([one!, two!].map((name) => [name, scopes[name]!])));
    const [operation] = itemOperations('tool', 'api__other');
    const { scopes: needed } = policy.match([operation!]);
    toolScopes.delete('api-key');
    expect([...needed].sort()).toEqual(['read', 'write']);
  });

  it('are none where there is no API', () => {
    expect(scopesOfTools([servers[1]!])).toBeUndefined();
  });
});
