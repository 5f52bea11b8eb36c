import type { Eventual } from '../../lib/flow/eventual.js';
import { Presence } from '../../lib/fewer-calls/presence.js';
import type { KongPort } from '../../lib/kong/kong-port.js';
import type { AggregateKongConfig } from '../../schema/mcp-aggregate.js';
import { readConfig } from './config/config.js';
import type { AggregateConfig } from './config/config.js';
import type { Aggregator } from './endpoint/aggregator.js';
import { ownerOf } from './io/endpoint-places.js';
import { readMode } from './config/servers/route-config.js';
import { decide } from './access/decide.js';
import type { MoreFacts } from './access/decide.js';
import { DirectDoor } from './access/direct.js';
import { gather } from './access/gather.js';
import type { Facts } from './access/gather.js';
import { accessInternal } from './access/internal.js';

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
    access(kong: KongPort): Promise<void> {
      const config = this.#config;
      if (config === undefined) return accessInternal(kong);
      // The names of a route change without its plugins' knowing: each instance asks once.
      const placed = this.#placed ? undefined : this.#learnPlace(kong, config.endpoint);
      const gathered = gather(kong, this.#usuallyHanded, this.#presence);
      const direct = this.#direct?.open(kong) ?? false;
      const path = config.views?.byPath === true ? kong.request.getPath() : undefined;
      if (placed === undefined && path === undefined && typeof direct === 'boolean') {
        return gathered.then((facts) => this.#decide(kong, config, facts, { direct }));
      }
      return Promise.all([gathered, direct, path, placed]).then(([facts, isDirect, asked]) =>
        this.#decide(kong, config, facts, { direct: isDirect, path: asked }),
      );
    }

    #decide(
      kong: KongPort,
      config: AggregateConfig,
      facts: Facts,
      more: MoreFacts,
    ): Eventual<void> {
      if (facts.elsewhere) return;
      this.#usuallyHanded = facts.handed;
      return decide(kong, facts, more, config, aggregator);
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
