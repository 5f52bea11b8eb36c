import type {
  HttpRoute,
  KubeObject,
  McpGateway,
  McpServer,
  Members,
  ReferenceGrant,
  Secret,
  Service,
} from './resources.js';

/** A route or plugin of Kong's, of which only annotations and members matter. */
export interface PlainObject extends KubeObject {
  readonly [member: string]: unknown;
}

/** What a plugin server says of one server of one endpoint. */
export interface SeenServer {
  readonly name: string;
  readonly working: boolean;
  readonly lastError?: string;
  readonly tools?: {
    readonly count: number;
    readonly names: readonly string[];
    readonly digest: string;
  };
  readonly said?: { readonly name?: string; readonly version?: string; readonly revision?: string };
  readonly eras: { readonly legacy: boolean; readonly modern: boolean };
}

/** What the plugin servers say of one configuration, by its label. */
export interface SeenEndpoint {
  /** Plugin servers that answered, and those that run this configuration. */
  readonly asked: number;
  readonly running: number;
  readonly servers: readonly SeenServer[];
  /** Why a plugin server refuses it; absent where none does. */
  readonly refused?: string;
}

/** What is known of the cluster, of Kong and of the plugin servers, at one time. */
export interface Snapshot {
  readonly servers: readonly McpServer[];
  readonly gateways: readonly McpGateway[];
  /** Labelled as credentials. */
  readonly secrets: readonly Secret[];
  /** The controller's own, one for each gateway. */
  readonly states: readonly Secret[];
  readonly services: readonly Service[];
  readonly httpRoutes: readonly HttpRoute[];
  readonly ingresses: readonly KubeObject[];
  readonly grants: readonly ReferenceGrant[];
  /** Those that the controller has written. */
  readonly plugins: readonly PlainObject[];
  /** By label, and what runs now also by `namespace/name` of the gateway. */
  readonly seen: ReadonlyMap<string, SeenEndpoint>;
  /** What the Kong given by address serves; undefined where there is none or it does not answer. */
  readonly address?: AddressState;
  /** RFC 3339. */
  readonly now: string;
}

export interface AddressState {
  /** Digest of the document it took last; undefined where that is not known. */
  readonly digest?: string;
  /** Labels of the gateways in that document. */
  readonly labels: ReadonlySet<string>;
  /** Its servers, as `entryOf` names them. */
  readonly entries: ReadonlySet<string>;
  /** Why it took the last one not. */
  readonly error?: string;
}

export interface Settings {
  /** `resources`: KongPlugins for Kong's ingress controller; `address`: a Kong given by address. */
  readonly mode: 'resources' | 'address';
  /** Put after `name.namespace.svc`, with its dot; may be empty. */
  readonly clusterDomain: string;
  /** What else the Kong by address serves: a declarative configuration. */
  readonly base?: Members;
}
