import { group } from '../../../../schema/kubernetes/group.js';
import type { KubeObject, ReferenceGrant } from '../resources.js';

/** What refers to something in another namespace, and what it refers to. */
export interface Reference {
  readonly from: {
    readonly kind: 'MCPGateway' | 'MCPServer' | 'HTTPRoute';
    readonly namespace: string;
  };
  readonly to: {
    readonly group: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
}

/** Whether a ReferenceGrant in the namespace of the target consents; none is needed within one namespace. */
export function isGranted(grants: readonly ReferenceGrant[], { from, to }: Reference): boolean {
  if (from.namespace === to.namespace) return true;
  const fromGroup = from.kind === 'HTTPRoute' ? 'gateway.networking.k8s.io' : group;
  return grants.some(
    ({ metadata, spec }) =>
      metadata.namespace === to.namespace &&
      spec.from.some(
        (one) =>
          one.group === fromGroup && one.kind === from.kind && one.namespace === from.namespace,
      ) &&
      spec.to.some(
        (one) =>
          one.group === to.group &&
          one.kind === to.kind &&
          (one.name === undefined || one.name === '' || one.name === to.name),
      ),
  );
}

/** The sentence that mends a missing grant. */
export function grantAdvice({ from, to }: Reference): string {
  const target = `${to.kind} ${to.namespace}/${to.name}`;
  return `${target} is in another namespace, which does not consent: add a ReferenceGrant to ${to.namespace} from ${from.kind} of ${from.namespace} to ${to.kind}`;
}

/** By `namespace/name`. */
export function indexed<T extends KubeObject>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]));
}
