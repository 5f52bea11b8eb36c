import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { ClientCapabilities, Request } from '@modelcontextprotocol/sdk/types.js';

export interface LegacyClient {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
  /** What servers asked, in order. */
  readonly asked: Request[];
  /** `data` of the log messages that came, in order. */
  readonly logged: unknown[];
  /** The text of a tool's first content. */
  text(tool: string, args?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export interface LegacyClientOptions {
  readonly token?: string;
  readonly capabilities?: ClientCapabilities;
  /** The answer to each question, by method. */
  readonly answers?: Readonly<Record<string, unknown>>;
}

/** SDK v1's client in a session of its own, answering what it is asked. */
export async function connectLegacy(
  url: string,
  options: LegacyClientOptions = {},
): Promise<LegacyClient> {
  const { token, capabilities = {}, answers = {} } = options;
  const client = new Client({ name: 'e2e', version: '1' }, { capabilities });
  const asked: Request[] = [];
  const answering = (request: Request): Promise<never> => {
    asked.push(request);
    return Promise.resolve(answers[request.method] as never);
  };
  if (capabilities.sampling) client.setRequestHandler(CreateMessageRequestSchema, answering);
  if (capabilities.elicitation) client.setRequestHandler(ElicitRequestSchema, answering);
  if (capabilities.roots) client.setRequestHandler(ListRootsRequestSchema, answering);
  const logged: unknown[] = [];
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    logged.push(params.data);
  });
  const headers = new Headers(token === undefined ? [] : [['authorization', `Bearer ${token}`]]);
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  await client.connect(transport);
  return {
    client,
    transport,
    asked,
    logged,
    text: async (name, args = {}) => {
      const { content } = await client.callTool({ name, arguments: args });
      return (content as { text?: string }[])[0]?.text ?? '';
    },
    close: () => client.close(),
  };
}
