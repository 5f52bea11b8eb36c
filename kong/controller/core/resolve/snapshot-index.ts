import type { HttpRoute, KubeObject, ReferenceGrant, Secret, Service } from '../resources.js';
import type { Settings, Snapshot } from '../snapshot.js';
import { indexed } from './grants.js';

/** The snapshot by name, for what refers to it. */
export interface Index {
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly services: ReadonlyMap<string, Service>;
  readonly httpRoutes: ReadonlyMap<string, HttpRoute>;
  readonly ingresses: ReadonlyMap<string, KubeObject>;
  readonly grants: readonly ReferenceGrant[];
  readonly clusterDomain: string;
}

export function indexOf(snapshot: Snapshot, { clusterDomain }: Settings): Index {
  return {
    secrets: indexed(snapshot.secrets),
    services: indexed(snapshot.services),
    httpRoutes: indexed(snapshot.httpRoutes),
    ingresses: indexed(snapshot.ingresses),
    grants: snapshot.grants,
    clusterDomain,
  };
}

/** Whether what a configuration was made of is still there, as `Kind namespace/name` each. */
export function allThere(madeOf: readonly string[], index: Index): boolean {
  return madeOf.every((one) => {
    const [kind = '', key = ''] = one.split(' ');
    if (kind === 'Secret') return index.secrets.has(key);
    if (kind === 'Service') return index.services.has(key);
    return kind === 'HTTPRoute' && index.httpRoutes.has(key);
  });
}
