import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasParameter } from '../../../../plugins/mcp-oauth/core/token/query-parameter.js';

const piece = fc.constantFrom(
  ...['access_token', 'access', '_token', '%61ccess_token', 'a%63cess%5Ftoken', 'access%5ftoken'],
  ...['&', '=', '?', '%', '%6', '%zz', '+', ';', '#', 'x', '%26', '%3D', '%25', '%61', '%E9'],
);

describe('a parameter of a query', () => {
  it('is found exactly where URLSearchParams finds it', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const query = pieces.join('');
        const found = new URLSearchParams(query).has('access_token');
        expect(hasParameter(query, 'access_token')).toBe(found);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['a=1&access_token=t', true],
    ['?access_token', true],
    ['access_token', true],
    ['xaccess_token=t', false],
    ['access_tokens=t', false],
    ['a=access_token', false],
    ['%61%63%63%65%73%73%5f%74%6f%6b%65%6e=t', true],
  ])('%s: %s', (query, found) => {
    expect(hasParameter(query, 'access_token')).toBe(found);
  });
});
