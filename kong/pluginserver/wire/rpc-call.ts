/** What Kong asks; `undefined` in a call stands for a command this server does not know. */
export type Command =
  | { readonly type: 'getPluginNames' }
  | { readonly type: 'getPluginInfo'; readonly name: string }
  | { readonly type: 'startInstance'; readonly name: string; readonly config: Uint8Array }
  | { readonly type: 'getInstanceStatus'; readonly instanceId: number }
  | { readonly type: 'closeInstance'; readonly instanceId: number }
  | { readonly type: 'handleEvent'; readonly instanceId: number; readonly eventName: string };

/** One call of Kong's. */
export interface RpcCall {
  /** Counted by Kong, who insists on finding it in the answer. */
  readonly sequence: number;
  readonly command: Command | undefined;
}
