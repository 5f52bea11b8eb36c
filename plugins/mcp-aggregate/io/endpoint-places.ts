import { LRUCache } from 'lru-cache';
import type { Siblings } from '../../../lib/workers/siblings.js';

/** Where an endpoint stands in Kong, by the names that people gave; undefined what is not known. */
export interface EndpointPlace {
  readonly route?: string;
  readonly service?: string;
}

const most = 10_000;
const unknown: EndpointPlace = {};

/** What a plugin entry belongs to; undefined for one that belongs to neither. */
export function ownerOf(kong: Readonly<Record<string, unknown>>): 'route' | 'service' | undefined {
  if (kong['route_id']) return 'route';
  return kong['service_id'] ? 'service' : undefined;
}

const topic = 'endpoint_place';

/** What endpoints are called in Kong: configurations hold ids only, requests tell the names. */
export class EndpointPlaces {
  readonly #byEndpoint = new LRUCache<string, EndpointPlace>({ max: most });

  #siblings: Siblings | undefined;

  /** What one worker learns, all know: figures of one endpoint must not go by two names. */
  share(siblings: Siblings): void {
    this.#siblings = siblings;
    siblings.onTold(topic, (message) => {
      const [endpoint, place] = message as [string, EndpointPlace];
      this.#byEndpoint.set(endpoint, place);
    });
  }

  learn(endpoint: string, place: EndpointPlace): void {
    this.#byEndpoint.set(endpoint, place);
    this.#siblings?.tell(topic, [endpoint, place]);
  }

  /** Without names where no request has told them yet. */
  of(endpoint: string): EndpointPlace {
    return this.#byEndpoint.get(endpoint) ?? unknown;
  }
}
