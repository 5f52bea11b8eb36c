import { describe, expect, it } from 'vitest';
import { readPolicy } from '../../../lib/policy/read-policy.js';
import { PolicyLists } from '../../../plugins/mcp-aggregate/core/policy/policy-lists.js';

const { policy, expand } = readPolicy({
  scope_rules: Array.from({ length: 100 }, (_, n) => ({ names: [`${n}_*`], scopes: [`s${n}`] })),
});
const items = Array.from({ length: 5_000 }, (_, n) => ({ name: `${n % 200}_${n}` }));
const subject = { claims: {}, granted: new Set(['s7']) };

describe('a long list sorted by the rules', () => {
  it('lets others run meanwhile, and is sorted once for all who wait', async () => {
    const lists = new PolicyLists({ policy, expandScopes: expand, hidesUnauthorized: true });
    let breaths = 0;
    const breathe = () => {
      breaths += 1;
      return Promise.resolve();
    };
    const views = await Promise.all([
      lists.view('tool', items, subject, breathe),
      lists.view('tool', items, subject, breathe),
    ]);
    const once = breaths;
    views.push(await lists.view('tool', items, subject, breathe));
    expect(once).toBe(5_000);
    expect(breaths).toBe(once);
    for (const { shows } of views) {
      expect(items.filter(shows).map(({ name }) => Number(name.split('_')[0]))).toEqual(
        items.map((_, n) => n % 200).filter((n) => n === 7 || n >= 100),
      );
    }
  });
});
