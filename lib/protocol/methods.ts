import {
  CallToolRequestSchema,
  ClientNotificationSchema,
  ClientRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  LoggingLevelSchema,
  LoggingMessageNotificationSchema,
  ProgressNotificationSchema,
  PromptListChangedNotificationSchema,
  ReadResourceRequestSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ServerNotificationSchema,
  ServerRequestSchema,
  SubscribeRequestSchema,
  ToolListChangedNotificationSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

interface OfMethod<M extends string> {
  readonly shape: { readonly method: { readonly value: M } };
}

const methodOf = <M extends string>({ shape }: OfMethod<M>): M => shape.method.value;

/** Methods that are routed or merged by what they name. */
export const methods = {
  callTool: methodOf(CallToolRequestSchema),
  getPrompt: methodOf(GetPromptRequestSchema),
  readResource: methodOf(ReadResourceRequestSchema),
  subscribe: methodOf(SubscribeRequestSchema),
  unsubscribe: methodOf(UnsubscribeRequestSchema),
  complete: methodOf(CompleteRequestSchema),
  listTools: methodOf(ListToolsRequestSchema),
  listPrompts: methodOf(ListPromptsRequestSchema),
  listResources: methodOf(ListResourcesRequestSchema),
  listTemplates: methodOf(ListResourceTemplatesRequestSchema),
  toolsChanged: methodOf(ToolListChangedNotificationSchema),
  promptsChanged: methodOf(PromptListChangedNotificationSchema),
  resourcesChanged: methodOf(ResourceListChangedNotificationSchema),
  resourceUpdated: methodOf(ResourceUpdatedNotificationSchema),
  logMessage: methodOf(LoggingMessageNotificationSchema),
  progress: methodOf(ProgressNotificationSchema),
} as const;

/** Methods of 2026-07-28, which the SDK's first line does not know. */
export const modernMethods = {
  discover: 'server/discover',
  listen: 'subscriptions/listen',
} as const;

/** What a client may send in a session. */
export const clientMethods: ReadonlySet<string> = new Set<string>([
  ...ClientRequestSchema.options.map((one) => methodOf<string>(one)),
  ...ClientNotificationSchema.options.map((one) => methodOf<string>(one)),
]);

/** What a server may send in a session. */
export const serverMethods: ReadonlySet<string> = new Set<string>([
  ...ServerRequestSchema.options.map((one) => methodOf<string>(one)),
  ...ServerNotificationSchema.options.map((one) => methodOf<string>(one)),
]);

/** Severities of log messages (RFC 5424), least first. */
export const logLevels: readonly string[] = LoggingLevelSchema.options;
