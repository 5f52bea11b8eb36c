import { startGateway } from '../support/gateway/gateway.js';
import type { Gateway } from '../support/gateway/gateway.js';
import { until } from '../support/readiness.js';
import { startDemoServers } from '../support/rig/demo-servers.js';
import { endpoint } from '../support/rig/services.js';
import { rpc } from '../support/rpc.js';
import { startFixtureServer } from './fixture/fixture-server.js';
import type { FixtureServer } from './fixture/fixture-server.js';
import { fixtureName } from './prefixed/side.js';
import type { Era } from './runs.js';

/** The suite's names are fixed: for it the fixture has no prefix. */
export type Naming = 'plain' | 'prefixed';

export interface Rig {
  readonly fixtures: Readonly<Record<Era, FixtureServer>>;
  /** The endpoint that merges a fixture with three more servers, which have their prefixes. */
  at(era: Era, naming: Naming): string;
  close(): Promise<void>;
}

const eras = ['legacy', 'modern'] as const;
const namings = ['plain', 'prefixed'] as const;
const pathOf = (era: Era, naming: Naming): string => `/${era}/${naming}`;

/** Fixtures of either era, the reference servers, and a gateway before all of them. */
export async function startRig(): Promise<Rig> {
  const [legacy, modern, demo] = await Promise.all([
    startFixtureServer('legacy'),
    startFixtureServer('modern'),
    startDemoServers(),
  ]);
  const fixtures = { legacy, modern };
  const places = eras.flatMap((era) => namings.map((naming) => ({ era, naming })));
  const gateway = await startGateway({
    env: demo.env,
    declarative: ({ url }) => ({
      services: places.map(({ era, naming }) => {
        const fixture = { name: fixtureName, url: fixtures[era].url, trusted: true };
        const plain = naming === 'plain' ? { prefix: '', uri_mapping: 'none' } : {};
        const servers = [{ ...fixture, ...plain }, ...demo.servers];
        const more = { anonymous: true, allowed_origins: [url], allow_overlapping_prefixes: true };
        const [name, path] = [`${era}-${naming}`, pathOf(era, naming)];
        return endpoint({ name, path, aggregate: { servers, ...more } });
      }),
    }),
  });
  await Promise.all(places.map(({ era, naming }) => untilMerged(gateway, era, naming)));
  return {
    fixtures,
    at: (era, naming) => gateway.at(pathOf(era, naming)),
    close: async () => {
      await gateway.stop();
      await Promise.all([legacy.close(), modern.close(), demo.close()]);
    },
  };
}

async function untilMerged(gateway: Gateway, era: Era, naming: Naming): Promise<void> {
  const own = naming === 'plain' ? '"test_simple_text"' : '"suite__test_simple_text"';
  const all = [own, 'memory__read_graph', 'files__', 'everything__echo'];
  const path = pathOf(era, naming);
  await until(
    async () => {
      const { text } = await rpc(gateway.at(path), 'tools/list');
      return all.every((one) => text.includes(one));
    },
    { what: `the servers of ${path} never listed` },
  );
}
