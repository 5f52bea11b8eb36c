import { LRUCache } from 'lru-cache';

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

/** What endpoints are called in Kong: configurations hold ids only, requests tell the names. */
export class EndpointPlaces {
  readonly #byEndpoint = new LRUCache<string, EndpointPlace>({ max: most });

  learn(endpoint: string, place: EndpointPlace): void {
    this.#byEndpoint.set(endpoint, place);
  }

  /** Without names where no request has told them yet. */
  of(endpoint: string): EndpointPlace {
    return this.#byEndpoint.get(endpoint) ?? unknown;
  }
}
