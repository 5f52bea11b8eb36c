import type { Desired } from './objects.js';
import type {
  GatewayStatus,
  KubeObject,
  McpGateway,
  McpServer,
  Members,
  ServerStatus,
} from './resources.js';
import type { RouteChange } from './routes.js';
import type { EventText } from './status/conditions.js';

/** One write to the cluster. No two of a plan have the same key. */
export type Action =
  | {
      readonly type: 'apply';
      readonly key: string;
      readonly object: Desired;
      /** A merge patch that takes out what somebody else has put in. */
      readonly strip?: Members | undefined;
    }
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly kind: 'KongPlugin' | 'Secret';
      readonly object: KubeObject;
    }
  | { readonly type: 'annotate'; readonly key: string; readonly change: RouteChange }
  | {
      readonly type: 'hold';
      readonly key: string;
      readonly kind: 'MCPServer' | 'MCPGateway';
      readonly object: KubeObject;
      /** All of them, ours or not. */
      readonly finalizers: readonly string[];
    }
  | StatusAction;

export interface StatusAction {
  readonly type: 'status';
  readonly key: string;
  readonly kind: 'MCPServer' | 'MCPGateway';
  readonly object: McpServer | McpGateway;
  readonly status: ServerStatus | GatewayStatus;
  readonly events: readonly EventText[];
}
