import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../kong/controller/core/decide.js';
import { keyOf } from '../../../kong/controller/core/resources.js';
import type { McpServer, ServerSpec } from '../../../kong/controller/core/resources.js';
import { PaperCluster, byAddress, byResources } from '../../support/kubernetes/paper-cluster.js';
import {
  gateway,
  grant,
  httpRoute,
  secret,
  server,
  snapshot,
} from '../../support/kubernetes/resources.js';

const namespaces = ['tools', 'one', 'two'];
const everywhere = gateway({}, { servers: { namespaces: { from: 'All' } } });

/** Few names and prefixes, so that many clash. */
const place = fc.record({
  namespace: fc.constantFrom(...namespaces),
  name: fc.constantFrom('a', 'b', 'c', 'a-b'),
  age: fc.integer({ min: 0, max: 3 }),
});
const spec: fc.Arbitrary<ServerSpec> = fc.record(
  {
    url: fc.constantFrom('http://x/mcp', 'http://y/mcp', 'no address'),
    prefix: fc.constantFrom('', 'a', 'a__', 'b_'),
    name: fc.constantFrom('a', 'A', 'q'),
    enabled: fc.boolean(),
    credentialRef: fc.constantFrom({ name: 'key' }, { name: 'none' }),
  },
  { requiredKeys: ['url'] },
);
const serversOf = (): fc.Arbitrary<McpServer[]> =>
  fc.uniqueArray(
    fc.tuple(place, spec).map(([where, own]) => server(where, own)),
    { maxLength: 8, selector: keyOf },
  );
const grants = fc
  .subarray(namespaces)
  .map((some) =>
    some.map((namespace) =>
      grant({ kind: 'MCPGateway', namespace: 'tools' }, { kind: 'MCPServer', namespace }),
    ),
  );
const secrets = fc
  .subarray(namespaces)
  .map((some) => some.map((namespace) => secret('key', { token: 'x' }, namespace)));
const world = fc.record({ servers: serversOf(), grants, secrets });
const routed = {
  gateways: [
    {
      ...everywhere,
      spec: { ...everywhere.spec, routeRefs: [{ kind: 'HTTPRoute' as const, name: 'mcp' }] },
    },
  ],
  httpRoutes: [httpRoute('mcp', [])],
};

describe('whatever resources there are', () => {
  it.each([
    ['by address', byAddress, { gateways: [everywhere] }],
    ['by resources', byResources, routed],
  ] as const)('a plan that is followed leaves nothing to do, %s', (_mode, settings, base) => {
    fc.assert(
      fc.property(world, (some) => {
        const cluster = new PaperCluster(snapshot({ ...base, ...some }), settings);
        cluster.settle();
        cluster.change({ now: '2026-04-01T00:00:00Z' });
        expect(cluster.plan().actions).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('their order counts for nothing', () => {
    fc.assert(
      fc.property(world, fc.infiniteStream(fc.integer()), (some, numbers) => {
        const shuffled = <T>(list: readonly T[]): T[] =>
          list
            .map((one) => [numbers.next().value as number, one] as const)
            .sort(([a], [b]) => a - b)
            .map(([, one]) => one);
        const given = snapshot({ gateways: [everywhere], ...some });
        const other = {
          ...given,
          servers: shuffled(given.servers),
          grants: shuffled(given.grants),
          secrets: shuffled(given.secrets),
        };
        expect(decide(other, byAddress)).toEqual(decide(given, byAddress));
      }),
      { numRuns: 25 },
    );
  });

  it('no two that are served share a name or a prefix, and none lacks consent or its Secret', () => {
    fc.assert(
      fc.property(world, (some) => {
        const cluster = new PaperCluster(snapshot({ gateways: [everywhere], ...some }));
        cluster.settle();
        const served = cluster.served();
        const names = served.map(({ name }) => String(name).toLowerCase());
        expect(new Set(names).size).toBe(names.length);
        const prefixes = served.map(
          ({ name, prefix }) => (prefix as string | undefined) ?? `${String(name)}__`,
        );
        for (const [at, prefix] of prefixes.entries()) {
          expect(prefixes.some((other, to) => to !== at && other.startsWith(prefix))).toBe(false);
        }
        for (const one of cluster.snapshot.servers) {
          if (one.status?.gateways === undefined) continue;
          const { namespace } = one.metadata;
          const consents = some.grants.some((each) => each.metadata.namespace === namespace);
          expect(namespace === 'tools' || consents).toBe(true);
          if (one.spec.credentialRef === undefined) continue;
          expect(one.spec.credentialRef.name).toBe('key');
          expect(some.secrets.some((each) => each.metadata.namespace === namespace)).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('what happens to one server changes nothing for those that are served', () => {
    fc.assert(
      fc.property(world, place, spec, (some, where, own) => {
        const cluster = new PaperCluster(snapshot({ gateways: [everywhere], ...some }));
        cluster.settle();
        const changed = server(where, own);
        const others = (of: PaperCluster) =>
          of.snapshot.servers
            .filter((one) => keyOf(one) !== keyOf(changed) && one.status?.gateways !== undefined)
            .map(keyOf)
            .sort();
        const before = others(cluster);
        const rest = cluster.snapshot.servers.filter((one) => keyOf(one) !== keyOf(changed));
        const old = cluster.server(keyOf(changed));
        const status = old?.status === undefined ? {} : { status: old.status };
        cluster.change({ servers: [...rest, { ...changed, ...status }] });
        cluster.settle();
        expect(others(cluster)).toEqual(expect.arrayContaining(before));
      }),
      { numRuns: 40 },
    );
  });
});

describe('200 servers', () => {
  const servers = Array.from({ length: 200 }, (_, at) => server({ name: `s${at}`, age: at }));

  it('are served, and a plan for them takes no longer than it should', () => {
    const cluster = new PaperCluster(snapshot({ servers }));
    cluster.settle();
    expect(cluster.served()).toHaveLength(200);
    const before = process.cpuUsage();
    for (let round = 0; round < 5; round += 1) cluster.plan();
    const { user } = process.cpuUsage(before);
    expect(user / 5 / 1000).toBeLessThan(250);
  });

  it('more than Kong takes are told so', () => {
    const many = Array.from({ length: 260 }, (_, at) => server({ name: `s${at}`, age: at }));
    const cluster = new PaperCluster(snapshot({ servers: many }));
    cluster.settle();
    expect(cluster.served()).toHaveLength(256);
    expect(cluster.server('tools/s259')?.status?.conditions?.[0]).toMatchObject({
      reason: 'TooManyServers',
    });
  });
});
