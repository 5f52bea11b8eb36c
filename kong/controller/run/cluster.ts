import type {
  HttpRoute,
  KubeObject,
  McpGateway,
  McpServer,
  ReferenceGrant,
  Secret,
  Service,
} from '../core/resources.js';
import type { PlainObject } from '../core/snapshot.js';
import type { KubeClient } from '../kube/client.js';
import { watched } from '../kube/kinds.js';
import type { StoreName } from '../kube/kinds.js';
import type { Took } from '../kube/perform.js';
import { Reflector } from '../kube/reflector.js';
import { Store } from '../kube/store.js';

interface Kinds {
  readonly servers: McpServer;
  readonly gateways: McpGateway;
  readonly secrets: Secret;
  readonly states: Secret;
  readonly services: Service;
  readonly httpRoutes: HttpRoute;
  readonly ingresses: KubeObject;
  readonly grants: ReferenceGrant;
  readonly plugins: PlainObject;
}
type Stores = { readonly [K in StoreName]: Store<Kinds[K]> };
type Known = { readonly [K in StoreName]: readonly Kinds[K][] };

const names = Object.keys(watched) as StoreName[];

/** What is known of the cluster, kept up by watches. */
export class Cluster {
  readonly #stores: Stores;
  readonly #reflectors: Reflector<KubeObject>[] = [];

  /** @param unused kinds that this controller has no use for, nor any right to read */
  constructor(onChange: () => void, unused: readonly StoreName[] = []) {
    this.#unused = new Set(unused);
    const stores = names.map((name) => [name, new Store<KubeObject>(onChange)] as const);
    this.#stores = Object.fromEntries<unknown>(stores) as Stores;
  }
  readonly #unused: ReadonlySet<StoreName>;

  /**
   * Watches until the signal comes.
   * @param namespaces those that are watched; all where there is none
   */
  async run(client: KubeClient, namespaces: readonly string[], signal: AbortSignal): Promise<void> {
    const places = namespaces.length === 0 ? [undefined] : namespaces;
    for (const name of names) {
      if (this.#unused.has(name)) continue;
      const store = this.#stores[name] as unknown as Store<KubeObject>;
      for (const place of places) {
        this.#reflectors.push(new Reflector(client, watched[name], place, store, signal));
      }
    }
    await Promise.all(this.#reflectors.map((one) => one.run()));
  }

  /** Whether every kind has been listed once. */
  get synced(): boolean {
    return this.#reflectors.length > 0 && this.#reflectors.every((one) => one.synced);
  }

  /** Everything, as of now. */
  known(): Known {
    return Object.fromEntries(
      names.map((name) => [name, this.#stores[name].all()]),
    ) as unknown as Known;
  }

  /** Takes in what a write has made of an object. */
  readonly took: Took = (name, object, gone) => {
    const store = this.#stores[name] as unknown as Store<KubeObject>;
    if (gone) store.remove(object);
    else store.set(object);
  };
}
