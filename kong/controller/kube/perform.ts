import { apiVersion } from '../../../schema/kubernetes/group.js';
import type { Action, StatusAction } from '../core/actions.js';
import { pluginApi } from '../core/objects.js';
import type { KubeObject } from '../core/resources.js';
import { pluginsAnnotation } from '../core/routes.js';
import type { KubeClient } from './client.js';
import { sendEvent } from './events.js';
import { statusOf } from './kube-error.js';
import { pathOf, watched } from './kinds.js';
import type { StoreName } from './kinds.js';

/** Who owns what the controller applies. */
export const fieldManager = 'kong-mcp-controller';
const applied = 'application/apply-patch+yaml';
const merged = 'application/merge-patch+json';

/** Told of what a write has made of an object. */
export type Took = (store: StoreName, object: KubeObject, gone: boolean) => void;

const apis = {
  KongPlugin: { apiVersion: pluginApi, plural: 'kongplugins', store: 'plugins' },
  Secret: { apiVersion: 'v1', plural: 'secrets', store: 'states' },
  MCPServer: { ...watched.servers, store: 'servers' },
  MCPGateway: { ...watched.gateways, store: 'gateways' },
  HTTPRoute: { ...watched.httpRoutes, store: 'httpRoutes' },
  Ingress: { ...watched.ingresses, store: 'ingresses' },
} as const;

/** Writes one action. @throws KubeError */
export async function perform(client: KubeClient, action: Action, took: Took): Promise<void> {
  switch (action.type) {
    case 'apply': {
      const { object, strip } = action;
      const { store, ...kind } = apis[object.kind];
      const { namespace, name } = object.metadata;
      const path = pathOf(kind, namespace, name);
      if (strip !== undefined) await patch(client, path, merged, strip);
      took(store, await patch(client, path, applied, object), false);
      return;
    }
    case 'delete':
      return remove(client, action, took);
    case 'annotate': {
      const { kind, route, annotation } = action.change;
      const { store, ...api } = apis[kind];
      const { namespace, name, resourceVersion } = route.metadata;
      const metadata = {
        resourceVersion,
        annotations: { [pluginsAnnotation]: annotation ?? null },
      };
      const path = pathOf(api, namespace, name);
      took(store, await patch(client, path, merged, { metadata }), false);
      return;
    }
    case 'hold': {
      const { store, ...kind } = apis[action.kind];
      const { namespace, name, resourceVersion } = action.object.metadata;
      const metadata = { resourceVersion, finalizers: action.finalizers };
      const path = pathOf(kind, namespace, name);
      const object = await patch(client, path, merged, { metadata });
      const { deletionTimestamp, finalizers = [] } = object.metadata;
      took(store, object, deletionTimestamp !== undefined && finalizers.length === 0);
      return;
    }
    case 'status':
      return writeStatus(client, action, took);
  }
}

function patch(
  client: KubeClient,
  path: string,
  contentType: string,
  body: object,
): Promise<KubeObject> {
  const query = { fieldManager, ...(contentType === applied ? { force: 'true' } : {}) };
  return client.send<KubeObject>({ method: 'PATCH', path, query, contentType, body });
}

async function remove(
  client: KubeClient,
  { kind, object }: Extract<Action, { type: 'delete' }>,
  took: Took,
): Promise<void> {
  const { store, ...api } = apis[kind];
  const { namespace, name, uid } = object.metadata;
  const body = { preconditions: { uid } };
  try {
    await client.send({ method: 'DELETE', path: pathOf(api, namespace, name), body });
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  took(store, object, true);
}

/** A status belongs to the object that it was made for: one of the same name is left alone. */
async function writeStatus(client: KubeClient, action: StatusAction, took: Took): Promise<void> {
  const { kind, object, status, events } = action;
  const { store, ...api } = apis[kind];
  const { namespace, name, uid } = object.metadata;
  const metadata = { namespace, name, uid };
  const body = { apiVersion, kind, metadata, status };
  const path = `${pathOf(api, namespace, name)}/status`;
  took(store, await patch(client, path, applied, body), false);
  for (const event of events) await sendEvent(client, { kind, object, event });
}
