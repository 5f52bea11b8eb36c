import { describe, expect, it } from 'vitest';
import { ItemViews } from '../../../lib/policy/item-views.js';
import { itemOperations } from '../../../lib/policy/operation.js';
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

  it('shows no hidden name that is not in it', async () => {
    const lists = new PolicyLists({ policy, expandScopes: expand, hidesUnauthorized: true });
    for (const known of [items, [{ name: '7_1' }], []]) {
      const { shows } = await lists.view('tool', known, subject, () => Promise.resolve());
      expect(['7_x', '8_x', 'x'].map((name) => shows({ name }))).toEqual([true, false, true]);
    }
  });

  it('is shown to each caller as each item is ruled on, where nearly all differ', async () => {
    const words = ['ant', 'bee', 'cat', 'dog', 'eel', 'fox', 'gnu'];
    const targets = words.map((word) => {
      return { servers: [], tools: [`*${word}*`], prompts: [], resources: [] };
    });
    const views = new ItemViews(targets, () => undefined);
    const read = readPolicy(
      { scope_rules: [{ names: ['*cat*'], scopes: ['c'] }] },
      undefined,
      views,
    );
    const rules = { policy: read.policy, expandScopes: read.expand, hidesUnauthorized: true };
    const lists = new PolicyLists(rules);
    const many = Array.from({ length: 500 }, (_, n) => ({
      name: `${n}${words.filter((_, place) => (n >> place) & 1).join('-')}`,
    }));
    const subjects = [[[0]], [[1, 2], [3]], [[6]], undefined].flatMap((sees) =>
      [[], ['c']].map((scopes) => ({ claims: {}, granted: new Set(scopes), sees })),
    );
    for (const one of [...subjects, ...subjects, ...subjects.reverse()]) {
      const { shows } = await lists.view('tool', many, one, () => Promise.resolve());
      for (const item of many) {
        const ruling = read.policy.rule(itemOperations('tool', item.name), one);
        expect(shows(item)).toBe(ruling.kind === 'allowed');
      }
    }
  });
});
