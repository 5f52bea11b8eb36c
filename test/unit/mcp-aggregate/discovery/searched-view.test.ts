import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { setLogLevel } from '../../../../lib/log.js';
import { FakeUpstream, tool, unreachable } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness } from '../../../support/aggregate/harness.js';
import { askModern } from '../../../support/aggregate/modern.js';
import { ask, at, find, search, searched, through } from '../../../support/aggregate/searching.js';
import type { Found } from '../../../support/aggregate/searching.js';

beforeAll(() => setLogLevel('error'));
afterAll(() => setLogLevel('info'));

describe('a search', () => {
  const numbered = (n: number) => tool(`t${n}`, { description: `Number ${n}`, title: 'T' });
  const a = new FakeUpstream('a', [
    ...Array.from({ length: 30 }, (_, n) => numbered(n)),
    tool('untold', { title: 'A title alone', outputSchema: { type: 'object' } }),
  ]);
  const config = searched([a]);
  let harness: Harness;
  beforeAll(async () => void (harness = await startHarness([a])));
  afterAll(() => harness.stop());

  it('answers as many tools as are wanted, and says how many more fit', async () => {
    expect(await find(harness, { query: 'numbers' }, config)).toMatchObject({ more: 25 });
    const most = await find(harness, { query: 'number', limit: 99 }, config);
    expect(most.tools).toHaveLength(20);
    expect(most).toMatchObject({ more: 10 });
  });

  it('answers what is needed to call a tool, and nothing else', async () => {
    const { tools } = await find(harness, { query: 'number 7', limit: 1 }, config);
    const inputSchema = { type: 'object' };
    expect(tools).toEqual([{ name: 'a__t7', description: 'Number 7', inputSchema }]);
    expect(await find(harness, { query: 'untold' }, config)).toEqual({
      tools: [{ name: 'a__untold', title: 'A title alone', inputSchema }],
    });
  });

  it('says that nothing fits', async () => {
    const none = await find(harness, { query: 'weather' }, config);
    expect(none).toEqual({ tools: [], hint: expect.stringContaining('other words') as string });
    expect((await find(harness, { query: '' }, config)).tools).toEqual([]);
  });

  it.each([
    [undefined, -32602, 'needs arguments'],
    [{}, -32602, 'needs query'],
    [{ query: 7 }, -32602, 'needs query'],
    [{ query: 'x'.repeat(513) }, -32602, '512'],
    [{ query: '\u0000'.repeat(600) }, -32602, '512'],
    [{ query: 'x', limit: 0 }, -32602, 'whole number'],
    [{ query: 'x', limit: 1.5 }, -32602, 'whole number'],
    [{ query: 'x', limit: '5' }, -32602, 'whole number'],
    [{ query: 'x', more: 1 }, -32602, 'query and limit only'],
    [{ query: 'x', Query: 'y' }, -32600, 'only in case'],
  ])('is refused where it is none: %j', async (args, code, why) => {
    expect((await ask(harness, search(args), config)).error).toEqual({
      code,
      message: expect.stringContaining(why) as string,
    });
  });

  it('of a client without sessions is a result of its version', async () => {
    const params = { name: 'search_tools', arguments: { query: 'number 7', limit: 1 } };
    const { message } = await askModern(harness, 'tools/call', params, at, config);
    expect(message.result).toMatchObject({ resultType: 'complete' });
    expect(JSON.stringify(message.result)).toContain('a__t7');
  });

  it('leaves the two names to servers where nothing is searched', async () => {
    const own = new FakeUpstream('', [tool('search_tools'), tool('call_tool')]);
    const plain = await startHarness([own]);
    try {
      const servers = [{ name: '', prefix: '' }];
      const without = kongConfig(servers);
      for (const name of ['search_tools', 'call_tool']) {
        const request = { ...at, json: rpc('tools/call', { name, arguments: { name: 'x' } }) };
        const { result } = await ask(plain, request, without);
        expect(result!.content![0]!.text).toBe(name);
      }
      const reached = own.calls.length;
      const seen = searched(servers);
      expect(await find(plain, { query: 'search call tool tools' }, seen)).toMatchObject({
        tools: [],
      });
      expect((await ask(plain, through({ name: 'search_tools' }), seen)).error?.code).toBe(-32602);
      expect(own.calls).toHaveLength(reached);
    } finally {
      await plain.stop();
    }
  });
});

describe('a search of lists that change', () => {
  it('finds new tools, and none that are gone; says which servers are not there', async () => {
    const a = new FakeUpstream('a', [tool('old')]);
    const dead = new FakeUpstream('dead');
    dead.onList = () => Promise.reject(unreachable('dead'));
    const harness = await startHarness([a, dead]);
    try {
      const config = searched([a, dead]);
      const first = await find(harness, { query: 'old' }, config);
      expect(first.tools).toHaveLength(1);
      expect(first.unavailable).toMatchObject([{ server: 'dead' }]);
      a.tools = [tool('new')];
      a.changed();
      harness.pass(60_000);
      await vi.waitFor(async () => {
        expect((await find(harness, { query: 'new' }, config)).tools).toHaveLength(1);
      });
      expect((await find(harness, { query: 'old' }, config)).tools).toEqual([]);
    } finally {
      await harness.stop();
    }
  });

  it('finds what the caller’s own list has, where servers show each their own', async () => {
    const a = new FakeUpstream('a', [tool('x')]);
    a.listsPerCaller = true;
    const contexts: string[] = [];
    a.toolsOf = (context) => {
      if (!contexts.includes(context)) contexts.push(context);
      return [tool(contexts.indexOf(context) === 0 ? 'shared first' : 'shared second')].map(
        (one) => ({
          ...one,
          name: one.name.replace(' ', '_'),
        }),
      );
    };
    const harness = await startHarness([a]);
    try {
      const config = searched([a]);
      const names = async (as: string) => {
        const { result } = await ask(harness, { ...search({ query: 'shared' }), as }, config);
        const { tools } = JSON.parse(result!.content![0]!.text) as Found;
        return tools.map(({ name }) => name);
      };
      expect(await names('ann')).toEqual(['a__shared_first']);
      expect(await names('bob')).toEqual(['a__shared_second']);
      expect(await names('ann')).toEqual(['a__shared_first']);
      const foreign = { ...through({ name: 'a__shared_first' }), as: 'bob' };
      expect((await ask(harness, foreign, config)).error?.code).toBe(-32602);
    } finally {
      await harness.stop();
    }
  });
});
