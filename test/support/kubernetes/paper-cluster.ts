import { finalizer } from '../../../schema/kubernetes/group.js';
import type { Action } from '../../../kong/controller/core/actions.js';
import { decide } from '../../../kong/controller/core/decide.js';
import type { Plan } from '../../../kong/controller/core/decide.js';
import { keyOf } from '../../../kong/controller/core/resources.js';
import type { KubeObject, McpServer } from '../../../kong/controller/core/resources.js';
import type { Settings, Snapshot } from '../../../kong/controller/core/snapshot.js';
import { pluginsAnnotation } from '../../../kong/controller/core/routes.js';
import { isMembers } from '../../../kong/controller/core/members.js';

export const byAddress: Settings = { mode: 'address', clusterDomain: '' };
export const byResources: Settings = { mode: 'resources', clusterDomain: '' };

type ListName = 'servers' | 'gateways' | 'states' | 'plugins' | 'httpRoutes' | 'ingresses';

/** A cluster on paper: takes what is written, so that plans can be followed to their end. */
export class PaperCluster {
  snapshot: Snapshot;
  readonly settings: Settings;
  /** Types of what was written, in order. */
  readonly written: string[] = [];

  constructor(snapshot: Snapshot, settings: Settings = byAddress) {
    this.snapshot = snapshot;
    this.settings = settings;
  }

  plan(): Plan {
    return decide(this.snapshot, this.settings);
  }

  change(some: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...some };
  }

  /** Writes everything, and has Kong take every document, until nothing is left to do. */
  settle(most = 20): void {
    for (let round = 0; round < most; round += 1) {
      const plan = this.plan();
      const { document } = plan;
      const news = document !== undefined && document.digest !== this.snapshot.address?.digest;
      if (plan.actions.length === 0 && !news) return;
      for (const action of plan.actions) this.write(action);
      if (document !== undefined) {
        const { digest, labels, entries } = document;
        this.change({ address: { digest, labels, entries } });
      }
    }
    throw new Error(
      `never settles: ${this.plan()
        .actions.map(({ key }) => key)
        .join(', ')}`,
    );
  }

  write(action: Action): void {
    this.written.push(action.key);
    switch (action.type) {
      case 'apply': {
        const { metadata } = action.object;
        const made = { ...action.object, metadata: { uid: `uid-${action.key}`, ...metadata } };
        return this.#put(action.object.kind === 'Secret' ? 'states' : 'plugins', made);
      }
      case 'delete':
        return this.#drop(action.kind === 'Secret' ? 'states' : 'plugins', action.object);
      case 'annotate': {
        const { route, annotation, kind } = action.change;
        const { [pluginsAnnotation]: _, ...others } = route.metadata.annotations ?? {};
        const own: Record<string, string> =
          annotation === undefined ? {} : { [pluginsAnnotation]: annotation };
        const annotations = { ...others, ...own };
        const changed = { ...route, metadata: { ...route.metadata, annotations } };
        return this.#put(kind === 'HTTPRoute' ? 'httpRoutes' : 'ingresses', changed);
      }
      case 'hold': {
        const list = action.kind === 'MCPServer' ? 'servers' : 'gateways';
        const { finalizers, object } = action;
        const { metadata } = object;
        if (metadata.deletionTimestamp !== undefined && finalizers.length === 0) {
          return this.#drop(list, object);
        }
        return this.#put(list, { ...object, metadata: { ...metadata, finalizers } });
      }
      case 'status': {
        const list = action.kind === 'MCPServer' ? 'servers' : 'gateways';
        return this.#put(list, {
          ...action.object,
          status: action.status,
        } as unknown as KubeObject);
      }
    }
  }

  #put(list: ListName, object: KubeObject): void {
    const others = (this.snapshot[list] as readonly KubeObject[]).filter(
      (one) => keyOf(one) !== keyOf(object),
    );
    this.change({ [list]: [...others, object] });
  }

  #drop(list: ListName, object: KubeObject): void {
    const others = (this.snapshot[list] as readonly KubeObject[]).filter(
      (one) => keyOf(one) !== keyOf(object),
    );
    this.change({ [list]: others });
  }

  /** `kubectl delete` of a server. */
  delete(key: string): void {
    const server = this.server(key)!;
    if (server.metadata.finalizers?.includes(finalizer) !== true)
      return this.#drop('servers', server);
    const metadata = { ...server.metadata, deletionTimestamp: '2026-02-01T00:00:00Z' };
    this.#put('servers', { ...server, metadata });
  }

  server(key: string): McpServer | undefined {
    return this.snapshot.servers.find((one) => keyOf(one) === key);
  }

  /** `servers` of mcp-aggregate, as Kong has been given them. */
  served(gatewayName = 'main'): Record<string, unknown>[] {
    const services = (this.plan().document?.document['services'] ?? []) as Record<
      string,
      unknown
    >[];
    const one = services.find(({ name }) => String(name).endsWith(`.${gatewayName}`));
    const routes = (one?.['routes'] ?? []) as { plugins: { name: string; config: unknown }[] }[];
    const config = routes[0]?.plugins.find(({ name }) => name === 'mcp-aggregate')?.config;
    const servers = isMembers(config) ? (config['servers'] as Record<string, unknown>[]) : [];
    return servers.filter(({ enabled }) => enabled !== false);
  }
}
