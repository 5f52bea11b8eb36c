import { LRUCache } from 'lru-cache';
import type { OAuthConfig } from '../../core/oauth-config.js';
import type { RuntimeDependencies } from '../runtimes.js';
import { newFacade } from './facade.js';
import type { Facade } from './facade.js';

const maxConfigurations = 1_000;
const idleMs = 3_600_000;

/** Facades of this process by configuration hash: as `Runtimes`, for the same reason. */
export class FacadeRuntimes {
  readonly #facades: LRUCache<string, Facade>;
  readonly #dependencies: RuntimeDependencies;

  constructor(dependencies: RuntimeDependencies) {
    this.#dependencies = dependencies;
    this.#facades = new LRUCache({
      max: maxConfigurations,
      ttl: idleMs,
      updateAgeOnGet: true,
      ttlResolution: 0,
      perf: { now: dependencies.now },
    });
  }

  /** @throws Error for a configuration without facade */
  facadeFor(config: OAuthConfig): Facade {
    const found = this.#facades.get(config.hash);
    if (found !== undefined) return found;
    const { facade } = config;
    if (facade === undefined) throw new Error('this configuration has no facade');
    const place = { resource: String(config.metadata['resource']), facade };
    const made = newFacade(config, place, this.#dependencies);
    this.#facades.set(config.hash, made);
    return made;
  }
}
