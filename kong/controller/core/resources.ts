/** What a Kubernetes object says of itself. */
export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Metadata;
}

export type Members = Readonly<Record<string, unknown>>;

export interface Condition {
  readonly type: 'Accepted' | 'ResolvedRefs' | 'Programmed' | 'Ready';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

export interface TargetRef {
  readonly group?: string;
  readonly kind: 'Service' | 'HTTPRoute';
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly toolPrefix?: string;
}

export interface SecretKeyRef {
  readonly name: string;
  readonly key?: string;
}

export interface ValueFrom {
  readonly path: string;
  readonly secretKeyRef: SecretKeyRef;
}

/** Spec of an MCPServer: our own fields; those of Kong's configuration beside them. */
export interface ServerSpec extends Members {
  readonly targetRef?: TargetRef;
  readonly targetRefs?: readonly TargetRef[];
  readonly url?: string;
  readonly path?: string;
  readonly name?: string;
  readonly prefix?: string;
  readonly enabled?: boolean;
  readonly credentialRef?: SecretKeyRef & { readonly header?: string; readonly scheme?: string };
  readonly caCertSecretRef?: SecretKeyRef;
  readonly clientCertificateRef?: SecretKeyRef;
  readonly valuesFrom?: readonly ValueFrom[];
}

export interface ServerStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly gateways?: readonly { readonly namespace: string; readonly name: string }[];
  readonly tools?: {
    readonly count: number;
    readonly names: readonly string[];
    readonly digest: string;
  };
  readonly server?: { readonly name?: string; readonly version?: string };
  readonly protocolVersion?: string;
  readonly era?: string;
  readonly lastError?: string;
  readonly lastSeen?: string;
}

export interface McpServer extends KubeObject {
  readonly spec: ServerSpec;
  readonly status?: ServerStatus;
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

export interface RouteRef {
  readonly kind: 'HTTPRoute' | 'Ingress';
  readonly name: string;
}

export interface GatewaySpec {
  readonly servers?: {
    readonly selector?: LabelSelector;
    readonly namespaces?: {
      readonly from?: 'Same' | 'Selected' | 'All';
      readonly names?: readonly string[];
    };
  };
  readonly routeRefs?: readonly RouteRef[];
  readonly path?: string;
  readonly hosts?: readonly string[];
  readonly aggregate?: Members;
  readonly oauth?: Members;
  readonly valuesFrom?: readonly ValueFrom[];
}

export interface GatewayStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly servers?: { readonly selected: number; readonly served: number };
  readonly tools?: number;
  readonly configuration?: string;
}

export interface McpGateway extends KubeObject {
  readonly spec: GatewaySpec;
  readonly status?: GatewayStatus;
}

export interface Secret extends KubeObject {
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
}

export interface Service extends KubeObject {
  readonly spec: {
    readonly type?: string;
    readonly externalName?: string;
    readonly ports?: readonly {
      readonly port: number;
      readonly name?: string;
      readonly appProtocol?: string;
    }[];
  };
}

interface BackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
}

export interface HttpRoute extends KubeObject {
  readonly spec: { readonly rules?: readonly { readonly backendRefs?: readonly BackendRef[] }[] };
}

export interface ReferenceGrant extends KubeObject {
  readonly spec: {
    readonly from: readonly {
      readonly group: string;
      readonly kind: string;
      readonly namespace: string;
    }[];
    readonly to: readonly {
      readonly group: string;
      readonly kind: string;
      readonly name?: string;
    }[];
  };
}

/** `namespace/name`. */
export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;

/** Older first; the same whatever order objects come in. */
export function byAge(a: KubeObject, b: KubeObject): number {
  const [x, y] = [a, b].map(
    (one) =>
      `${one.metadata.creationTimestamp ?? ''} ${one.metadata.namespace} ${one.metadata.name}`,
  ) as [string, string];
  return x < y ? -1 : x > y ? 1 : 0;
}
