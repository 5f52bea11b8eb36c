import { Presence } from '../../lib/fewer-calls/presence.js';
import { McpError } from '../../lib/errors.js';
import type { KongPort } from '../../lib/kong-port.js';
import type { AggregateKongConfig } from '../../schema/mcp-aggregate.js';
import { readConfig } from './config/config.js';
import type { AggregateConfig } from './config/config.js';
import type { Aggregator } from './endpoint/aggregator.js';
import { ownerOf } from './io/endpoint-places.js';
import { readMode } from './config/route-config.js';
import { admit } from './access/admit.js';
import type { Admission } from './access/admit.js';
import { DirectDoor } from './access/direct.js';
import { gather } from './access/gather.js';
import { accessInternal } from './access/internal.js';
import { pass } from './access/pass.js';
import { refuse } from './access/refuse.js';

type KongConfig = AggregateKongConfig & Readonly<Record<string, unknown>>;

/** The plugin's class for Kong, on `aggregator`. */
export function pluginOn(aggregator: Aggregator) {
  return class Plugin {
    /** Undefined in mode `internal`. */
    readonly #config: AggregateConfig | undefined;
    readonly #owner: ReturnType<typeof ownerOf>;
    readonly #direct: DirectDoor | undefined;
    readonly #presence = new Presence();
    #usuallyHanded = false;
    #placed = false;

    /** @throws ConfigError on a configuration that cannot work; Error before `ready` */
    constructor(kongConfig: KongConfig) {
      this.#owner = ownerOf(kongConfig);
      if (readMode(kongConfig) === 'internal') return;
      this.#config = readConfig(kongConfig);
      this.#direct = new DirectDoor(this.#config, this.#owner === 'route');
      aggregator.runtimes.start(this.#config);
    }

    /** Two flushes: what the request says, then what follows from it. */
    async access(kong: KongPort): Promise<void> {
      if (this.#config === undefined) return accessInternal(kong);
      // The names of a route change without its plugins' knowing: each instance asks once.
      const placed = this.#placed ? undefined : this.#learnPlace(kong, this.#config.endpoint);
      const { views } = this.#config;
      const [facts, direct, , path] = await Promise.all([
        gather(kong, this.#usuallyHanded, this.#presence),
        this.#direct?.open(kong) ?? false,
        placed,
        views?.byPath === true ? kong.request.getPath() : undefined,
      ]);
      if (facts.elsewhere) return;
      this.#usuallyHanded = facts.handed;
      let admission: Admission | undefined;
      try {
        admission = await admit(facts, this.#config, aggregator, path);
        await pass(kong, admission, this.#config, aggregator, direct);
      } catch (error) {
        if (!(error instanceof McpError)) throw error;
        aggregator.runtimes.find(this.#config)?.tally.refused(error.code);
        await refuse(kong, error, admission);
      }
    }

    async #learnPlace(kong: KongPort, endpoint: string): Promise<void> {
      this.#placed = true;
      const owner = this.#owner;
      if (owner === undefined) return;
      const { router } = kong;
      const entity = await (owner === 'route' ? router.getRoute() : router.getService());
      aggregator.places.learn(endpoint, { [owner]: entity?.name || endpoint });
    }
  };
}
