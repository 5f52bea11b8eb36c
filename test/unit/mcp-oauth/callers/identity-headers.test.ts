import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  claimHeaders,
  headersToClear,
} from '../../../../plugins/mcp-oauth/core/identity/identity-headers.js';

describe('headersToClear', () => {
  it.each([
    'authorization',
    'x-mcp-subject',
    'x_mcp_subject',
    'x-mcp_subject',
    'X_MCP-Subject',
    'x-mcp-handle',
    'x-consumer-id',
    'x_consumer_username',
    'x-consumer_custom_id',
    'x-credential-identifier',
    'x_credential_identifier',
    'x-anonymous-consumer',
    'x_anonymous-consumer',
    'x-authenticated-userid',
    'x-user',
    'x_user',
  ])('names %s as it was spelled', (name) => {
    expect(headersToClear({ accept: '*/*', [name]: 'spoofed' }, ['X-User'])).toEqual([name]);
  });

  it('leaves cookies and everything else alone', () => {
    const received = { cookie: 'a=b', 'mcp-session-id': 's', 'x-mcpx': '1', 'x-request-id': 'r' };
    expect(headersToClear(received, ['X-User'])).toEqual([]);
  });

  it('finds every mixture of hyphens, underscores and case', () => {
    const words = fc.constantFrom('x-mcp-any', 'x-consumer-id', 'x-credential-identifier', 'x-own');
    fc.assert(
      fc.property(
        words,
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        (word, coins) => {
          const name = [...word]
            .map((char, i) =>
              char === '-' && coins[i] ? '_' : coins[i] ? char.toUpperCase() : char,
            )
            .join('');
          expect(headersToClear({ [name]: 'spoofed' }, ['X-Own'])).toEqual([name]);
        },
      ),
    );
  });
});

describe('claimHeaders', () => {
  const value = (claim: unknown) => claimHeaders({ claim }, [{ claim: ['claim'], header: 'X-C' }]);

  it.each([
    ['text', 'alice', 'alice'],
    ['text with inner spaces', 'Alice B', 'Alice B'],
    ['a number', 42, '42'],
    ['a boolean', false, 'false'],
    ['a list of text', ['admins', 'Domain Users'], 'admins,Domain Users'],
    ['a list of one', ['admins'], 'admins'],
  ])('sends %s', (_what, claim, expected) => {
    expect(value(claim)).toEqual({ headers: { 'X-C': expected }, unfit: [] });
  });

  it.each([
    ['a line break', 'alice\r\nX-Admin: yes'],
    ['a control character', 'a\u0000b'],
    ['letters outside ASCII', 'Zoë'],
    ['empty text', ''],
    ['a leading space', ' alice'],
    ['a list element with a comma', ['admins,root']],
    ['a list with an object', ['admins', {}]],
    ['an object', { admin: true }],
    ['null', null],
    ['very long text', 'a'.repeat(5000)],
    ['a very long list', Array.from({ length: 3000 }, () => 'ab')],
  ])('sends nothing for %s and says so', (_what, claim) => {
    expect(value(claim)).toEqual({ headers: {}, unfit: ['claim'] });
  });

  it('sends nothing for a claim the token lacks, inherited names included', () => {
    const mappings = [
      { claim: ['absent'], header: 'X-A' },
      { claim: ['constructor'], header: 'X-B' },
    ];
    expect(claimHeaders({}, mappings)).toEqual({ headers: {}, unfit: [] });
  });

  it('reads a claim inside objects by its path, and through nothing else', () => {
    const claims = { realm_access: { roles: ['a', 'b'] }, list: [{ x: 1 }], text: 'abc' };
    const at = (...claim: string[]) => claimHeaders(claims, [{ claim, header: 'X-C' }]).headers;
    expect(at('realm_access', 'roles')).toEqual({ 'X-C': 'a,b' });
    expect(at('realm_access.roles')).toEqual({});
    expect(at('list', '0', 'x')).toEqual({});
    expect(at('text', 'length')).toEqual({});
    expect(at('realm_access', 'constructor')).toEqual({});
  });
});
