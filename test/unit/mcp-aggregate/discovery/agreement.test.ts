import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HandedAuthorization } from '../../../../lib/handles/handles.js';
import { setLogLevel } from '../../../../lib/log.js';
import { wildcard } from '../../../../lib/policy/pattern.js';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import type { CallEvent } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import { FakeUpstream, done, tool } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness, KongConfig, Sent } from '../../../support/aggregate/harness.js';
import { modernRequest } from '../../../support/aggregate/modern.js';
import { until } from '../../../support/readiness.js';
import * as any from '../../../support/policy/arbitraries.js';

beforeAll(() => setLogLevel('error'));
afterAll(() => setLogLevel('info'));

const region = { type: 'string', 'x-mcp-header': 'Region' };
const schema = { type: 'object', properties: { region, count: { type: 'integer' } } };
const common = { description: 'common word', inputSchema: schema };
const servers = ['a', 'b'].map((name) => {
  const upstream = new FakeUpstream(name, [tool('one', common), tool('two', common)]);
  upstream.modern = true;
  upstream.script = (call): AsyncIterable<CallEvent> =>
    done({ content: [{ type: 'text', text: call.params!.toString() }] });
  return upstream;
});
let harness: Harness;
let entries = 0;
beforeAll(async () => {
  harness = await startHarness(servers);
});
afterAll(() => harness.stop());

const configOf = (own: object): KongConfig => {
  const __plugin_id = `entry-${String(++entries)}`;
  const config = kongConfig(servers, { ...own, __plugin_id });
  return { ...config, servers: config.servers!.map((one) => ({ ...one, tools: overrides })) };
};

/** Arguments that are set, withheld and logged. */
const overrides = {
  allow: [],
  deny: [],
  overrides: [
    { name: 'one', fixed_arguments: { tenant: '"t"' }, log_arguments: ['/count'] },
    { name: 'two', hidden_arguments: ['secret'] },
  ],
} as never;

type Era = 'legacy' | 'modern';
type Ask = readonly [method: string, params?: Readonly<Record<string, unknown>>];

function requestOf(who: Sent, era: Era, [method, params]: Ask): Sent {
  if (era === 'modern') return modernRequest(method, params ?? {}, who);
  return { ...who, json: rpc(method, params, 1) };
}

/** What a name counts as depends on whether some list is known to have it. */
async function untilLoaded(config: KongConfig): Promise<void> {
  await harness.access({ as: null, json: rpc('ping') }, config);
  const { hash } = readConfig(config);
  const isLoaded = () =>
    [...harness.aggregator.runtimes.all()]
      .filter((runtime) => runtime.config.hash === hash)
      .every(({ servers }) =>
        servers.every((one) => 'catalogues' in one && one.catalogues.tool.loaded),
      );
  await until(isLoaded, { what: 'the lists were not loaded' });
}

/** All that a request comes to: what Kong's plugins see, what is logged, and what is answered. */
async function ask(config: KongConfig, who: Sent, era: Era, ...asked: Ask) {
  await untilLoaded(config);
  const request = requestOf(who, era, asked);
  const kong = await harness.access(request, config);
  // What is refused goes no further.
  const seen = kong.exit() ? {} : { ...kong.upstreamHeaders() };
  delete seen['x-mcp-handle'];
  const logged = kong.callsOf('log.setSerializeValue').map(([, , value]) => value);
  const response = await harness.send(request, config);
  const text = (await response.text()).replace(/"id":\d+/, '"id":1');
  const headers = Object.fromEntries(response.headers);
  // Of a tool that is unknown to the caller nothing is set.
  if (headers['x-mcp-server'] === undefined) delete seen['mcp-param-region'];
  const { 'www-authenticate': challenge, 'x-mcp-outcome': outcome } = headers;
  const answered = { status: response.status, challenge, outcome, server: headers['x-mcp-server'] };
  return { seen, logged, ...answered, message: JSON.parse(text) as Message };
}

interface Message {
  readonly result?: {
    readonly tools?: readonly { readonly name: string }[];
    readonly content?: readonly { readonly text: string }[];
  };
  readonly error?: { readonly code: number; readonly message: string };
}

const args = fc.record(
  { region: fc.constantFrom('eu', 'us'), count: fc.nat(9), secret: fc.constant('s') },
  { requiredKeys: [] },
);
const argumentRules = fc.subarray(
  [
    { names: ['a__*'], argument: '/count', effect: 'deny', one_of: ['3', '4'] },
    { names: ['*'], argument: '/region', effect: 'require', equals: 'eu', optional: true },
  ],
  { maxLength: 2 },
);
const authorization = (scopes: readonly string[]): HandedAuthorization => ({
  requiredScopes: ['base'],
  granted: new Set(['base', ...scopes]),
  metadataUrl: 'https://mcp.test/metadata',
});
const paths = fc.constantFrom('/mcp', '/v/0', '/v/1');
const listed = fc.subarray(['a__*', '*__two'], { maxLength: 1 });

describe('a call by way of call_tool', () => {
  it('comes to the same as the call of the tool where nothing is searched', async () => {
    const seen = { served: 0, refused: 0, challenged: 0, denied: 0 };
    const property = fc.asyncProperty(
      fc.record({
        policy: any.policy,
        views: any.views,
        path: paths,
        claims: any.claims,
        scopes: any.scopes,
        hide: fc.boolean(),
        rules: argumentRules,
        given: fc.option(args, { nil: undefined }),
        era: fc.constantFrom<Era>('legacy', 'modern'),
      }),
      async ({ policy, views, path, claims, scopes, hide, rules, given, era }) => {
        const common = { ...policy, hide_unauthorized: hide, argument_rules: rules };
        const plain = configOf({ ...common, views });
        const searched = configOf({
          ...common,
          views: views.map((view) => ({ ...view, discovery: true })),
        });
        const who = { path, identity: { claims, scopes }, authorization: authorization(scopes) };
        const applies = isSearched(views, path, claims);
        for (const name of [...any.toolNames, 'a__none', 'zzz']) {
          const inner = { name, ...(given ? { arguments: given } : {}) };
          const mirrored: Record<string, string> =
            era === 'modern' && given?.region ? { 'mcp-param-region': given.region } : {};
          const expected = await ask(
            plain,
            { ...who, headers: mirrored },
            era,
            'tools/call',
            inner,
          );
          const outer = applies ? { name: 'call_tool', arguments: inner } : inner;
          const headers: Record<string, string> = applies ? {} : mirrored;
          const came = await ask(searched, { ...who, headers }, era, 'tools/call', outer);
          expect(came).toEqual(expected);
          if (expected.message.result) seen.served++;
          else if (expected.challenge) seen.challenged++;
          else if (expected.outcome === 'argument_denied') seen.denied++;
          else seen.refused++;
        }
      },
    );
    const least = () => Math.min(...Object.values(seen));
    // Chance decides how often each comes up: the rare ones are waited for.
    for (let round = 0; round === 0 || (least() < 4 && round < 6); round++) {
      await fc.assert(property, { numRuns: 40 });
    }
    expect(least()).toBeGreaterThan(3);
  });
});

function isSearched(
  views: readonly any.KongView[],
  path: string,
  { role }: Readonly<Record<string, unknown>>,
): boolean {
  const roles: readonly unknown[] = Array.isArray(role) ? role : [role];
  return views.some(
    (view) => view.path === path || view.one_of?.some((one) => roles.includes(one)),
  );
}

describe('a view that is searched', () => {
  it('lists what is always listed, and finds what would be listed', async () => {
    const sizes = new Set<number>();
    const property = fc.asyncProperty(
      fc.tuple(any.policy, any.views, paths, any.claims, any.scopes, fc.boolean(), listed),
      async ([policy, views, path, claims, scopes, hide, always]) => {
        const rules = { ...policy, hide_unauthorized: hide };
        const plain = configOf({ ...rules, views });
        const searched = configOf({
          ...rules,
          views: views.map((view) => ({ ...view, discovery: true, always_listed: always })),
        });
        const who = { path, identity: { claims, scopes }, authorization: authorization(scopes) };
        if (!isSearched(views, path, claims)) return;
        const all = await ask(plain, who, 'legacy', 'tools/list');
        const some = await ask(searched, who, 'legacy', 'tools/list');
        const query = { query: 'common word', limit: 20 };
        const search = { name: 'search_tools', arguments: query };
        const found = await ask(searched, who, 'legacy', 'tools/call', search);
        if (all.message.result === undefined) {
          for (const other of [some, found]) {
            expect(other).toMatchObject({
              status: all.status,
              message: { error: all.message.error },
            });
          }
          return;
        }
        const names = all.message.result.tools!.map(({ name }) => name);
        const kept = names.filter((name) => always.some((pattern) => wildcard(pattern)(name)));
        const shown = some.message.result!.tools!.map(({ name }) => name);
        expect(shown).toEqual(['search_tools', 'call_tool', ...kept]);
        const text = found.message.result!.content![0]!.text;
        const { tools } = JSON.parse(text) as { tools: { name: string }[] };
        expect(tools.map(({ name }) => name).sort()).toEqual([...names].sort());
        sizes.add(names.length);
      },
    );
    await fc.assert(property, { numRuns: 60 });
    expect(sizes.size).toBeGreaterThan(3);
  });
});
