import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../../lib/log.js';
import { wildcard } from '../../../lib/policy/pattern.js';
import { FakeUpstream, tool, unreachable } from '../../support/aggregate/fake-upstream.js';
import { kongConfig, rpc, startHarness } from '../../support/aggregate/harness.js';
import type { Harness, KongConfig, Sent } from '../../support/aggregate/harness.js';
import * as any from '../../support/policy/arbitraries.js';

beforeAll(() => setLogLevel('error'));
afterAll(() => setLogLevel('info'));

interface Message {
  readonly result?: { readonly tools?: readonly { readonly name: string }[] };
  readonly error?: { readonly code: number; readonly message: string };
}

const servers = [
  new FakeUpstream('a', [tool('one'), tool('two')]),
  new FakeUpstream('b', [tool('one'), tool('two')]),
];
let harness: Harness;
let entries = 0;
const configOf = (own: object): KongConfig =>
  kongConfig(servers, { ...own, __plugin_id: `entry-${String(++entries)}` });

beforeAll(async () => {
  harness = await startHarness(servers);
});
afterAll(() => harness.stop());

async function ask(config: KongConfig, who: Sent, method: string, params?: object) {
  const response = await harness.send({ ...who, json: rpc(method, params, 1) }, config);
  return { status: response.status, message: (await response.json()) as Message };
}

async function list(config: KongConfig, who: Sent): Promise<readonly string[]> {
  const { message } = await ask(config, who, 'tools/list');
  return (message.result?.tools ?? []).map(({ name }) => name);
}

/** What one view alone shows, worked out by other means. */
function shows({ servers: all, tools }: any.KongView, name: string): boolean {
  return all.includes(name.slice(0, 1)) || tools.some((pattern) => wildcard(pattern)(name));
}

function expected(
  views: readonly any.KongView[],
  only: boolean,
  path: string | undefined,
  role: unknown,
): readonly string[] {
  const roles = Array.isArray(role) ? (role as unknown[]) : [role];
  const ofPath = views.filter((view) => view.path !== undefined && view.path === path);
  const ofClaims = views.filter(({ one_of: of }) => of?.some((one) => roles.includes(one)));
  const groups = [ofPath, ofClaims].filter(({ length }) => length > 0);
  if (groups.length === 0) return only ? [] : any.toolNames;
  return any.toolNames.filter((name) =>
    groups.every((group) => group.some((view) => shows(view, name))),
  );
}

const paths = fc.constantFrom(undefined, '/mcp', '/v/0', '/v/1', '/v/1/');

describe('views', () => {
  it('show what they name: the one of the path, and any of those by claims', async () => {
    const sizes = new Set<number>();
    await fc.assert(
      fc.asyncProperty(
        any.views,
        fc.boolean(),
        paths,
        any.claims,
        async (views, only, path, claims) => {
          const config = configOf({ views, views_only: only });
          const who = { identity: { claims }, ...(path === undefined ? {} : { path }) };
          const listed = await list(config, who);
          expect(listed).toEqual(expected(views, only, path?.replace(/\/$/, ''), claims['role']));
          sizes.add(listed.length);
        },
      ),
      { numRuns: 100 },
    );
    expect(sizes.size).toBeGreaterThan(3);
  });

  it('never show what rules hide, and agree with calls', async () => {
    const seen = { hidden: 0, served: 0 };
    await fc.assert(
      fc.asyncProperty(any.policy, any.views, paths, any.claims, any.scopes, async (...drawn) => {
        const [policy, views, path, claims, scopes] = drawn;
        const rules = { ...policy, hide_unauthorized: true };
        const config = configOf({ ...rules, views });
        const who = { identity: { claims, scopes }, ...(path === undefined ? {} : { path }) };
        const allowed = await list(configOf(rules), who);
        const listed = await list(config, who);
        const meant = expected(views, false, path?.replace(/\/$/, ''), claims['role']);
        expect(listed).toEqual(allowed.filter((name) => meant.includes(name)));
        if ((await ask(config, who, 'tools/list')).status !== 200) return;
        for (const name of any.toolNames) {
          const { message } = await ask(config, who, 'tools/call', { name, arguments: {} });
          if (listed.includes(name)) {
            expect(message.result).toBeDefined();
            seen.served++;
          } else {
            expect(message.error).toEqual({ code: -32602, message: `Unknown tool: ${name}` });
            seen.hidden++;
          }
        }
      }),
      { numRuns: 100 },
    );
    expect(Math.min(seen.hidden, seen.served)).toBeGreaterThan(20);
  });

  it('ask Kong for the path only where some view goes by it', async () => {
    const json = rpc('tools/list');
    const byClaim = configOf({ views: [{ name: 'v', claim: 'x', equals: 'x', tools: ['a__*'] }] });
    const byPath = configOf({ views: [{ name: 'v', path: '/v', tools: ['a__*'] }] });
    const without = await harness.access({ json }, byClaim);
    const withPath = await harness.access({ json }, byPath);
    expect(without.callsOf('request.getPath')).toEqual([]);
    expect(withPath.callsOf('request.getPath')).toHaveLength(1);
    expect(withPath.flushes()).toBe(without.flushes());
  });

  it('have instructions of their own, those of several together', async () => {
    const view = (n: number, own: object = {}) => ({
      ...{ name: `v${n}`, claim: 'role', one_of: ['x', `y${n}`], tools: ['a__*'] },
      ...own,
    });
    const config = configOf({
      instructions: 'of the endpoint',
      views: [view(1, { instructions: 'first' }), view(2, { instructions: 'second' }), view(3)],
    });
    const told = async (role: string) => {
      const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} };
      const who = { identity: { claims: { role } } };
      const { message } = await ask(config, who, 'initialize', params);
      return (message.result as { instructions?: string } | undefined)?.instructions;
    };
    expect(await told('x')).toBe('first\n\nsecond');
    expect(await told('y2')).toBe('second');
    expect(await told('y3')).toBe('of the endpoint');
    expect(await told('none')).toBe('of the endpoint');
  });

  it.each([
    [[{ name: 'v', tools: ['a'] }], 'exactly one of path and claim'],
    [[{ name: 'v', path: '/v', claim: 'c', equals: 'x', tools: ['a'] }], 'exactly one of path'],
    [[{ name: 'v', path: '/v', equals: 'x', tools: ['a'] }], 'a condition without a claim'],
    [[{ name: 'v', claim: 'c', tools: ['a'] }], 'exactly one of equals, contains and one_of'],
    [[{ name: 'v', path: '/v' }], 'shows nothing'],
    [
      [
        { name: 'v', path: '/v', tools: ['a'] },
        { name: 'w', path: '/v/', tools: ['a'] },
      ],
      'path /v',
    ],
    [
      [
        { name: 'v', path: '/v', tools: ['a'] },
        { name: 'v', path: '/w', tools: ['a'] },
      ],
      'name v',
    ],
  ])('that cannot be are refused at start: %j', async (views, why) => {
    await expect(harness.access({ json: rpc('tools/list') }, configOf({ views }))).rejects.toThrow(
      why,
    );
  });

  it('name a server that is down only where they may show something of it', async () => {
    const dead = new FakeUpstream('dead');
    dead.onList = () => Promise.reject(unreachable('dead'));
    const own = await startHarness([dead, new FakeUpstream('live', [tool('one')])]);
    try {
      const config = kongConfig([dead, { name: 'live' }], {
        views: [
          { name: 'one', path: '/one', tools: ['dead__some*', 'live__*'] },
          { name: 'two', path: '/two', servers: ['live'] },
        ],
      });
      const listed = async (path: string) =>
        (await own.send({ path, json: rpc('tools/list') }, config)).text();
      expect(await listed('/one')).toContain('"dead"');
      const other = await listed('/two');
      expect(other).toContain('live__one');
      expect(other).not.toContain('dead');
    } finally {
      await own.stop();
    }
  });
});
