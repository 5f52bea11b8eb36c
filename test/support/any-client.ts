import {
  Client as NextClient,
  StreamableHTTPClientTransport as NextTransport,
} from '@modelcontextprotocol/client';
import type { VersionNegotiationOptions } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';

interface Message {
  readonly method: string;
  readonly params?: Record<string, unknown> | undefined;
}

/** What the clients of both SDK lines have alike. */
type Methods = Pick<
  Client,
  | 'listTools'
  | 'callTool'
  | 'listPrompts'
  | 'getPrompt'
  | 'listResources'
  | 'listResourceTemplates'
  | 'readResource'
  | 'complete'
  | 'setLoggingLevel'
  | 'subscribeResource'
  | 'unsubscribeResource'
  | 'getServerCapabilities'
  | 'close'
>;

export interface AnyClient {
  readonly client: Methods;
  /** The revision it has agreed upon with the server. */
  readonly revision: () => string;
  /** What servers asked, in order. */
  readonly asked: Message[];
  /** Log messages and updates of resources, in order. */
  readonly heard: Message[];
  /** Calls a tool and answers its result beside the progress it told of. */
  withProgress(
    name: string,
    args: Record<string, unknown>,
    timeoutMs?: number,
  ): Promise<[unknown, unknown[]]>;
}

const capabilities = {
  sampling: {},
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
};

export type Answers = Readonly<Record<string, unknown>>;
export type Connect = (url: string, answers: Answers, token?: string) => Promise<AnyClient>;

const info = { name: 'e2e', version: '1' };

const transportOptions = (token: string | undefined) => {
  const headers = new Headers(token === undefined ? [] : [['authorization', `Bearer ${token}`]]);
  return { requestInit: { headers } };
};

/** SDK v1's client, able to be asked everything. */
export const connectFirst: Connect = (url, answers, token) =>
  connectFirstBy(new StreamableHTTPClientTransport(new URL(url), transportOptions(token)), answers);

/** The same by any transport. */
export async function connectFirstBy(transport: Transport, answers: Answers): Promise<AnyClient> {
  const client = new Client(info, { capabilities });
  const { asked, heard, answer, hear } = recorder(answers);
  client.setRequestHandler(CreateMessageRequestSchema, answer);
  client.setRequestHandler(ElicitRequestSchema, answer);
  client.setRequestHandler(ListRootsRequestSchema, answer);
  client.setNotificationHandler(LoggingMessageNotificationSchema, hear);
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, hear);
  const agreed = transport.setProtocolVersion?.bind(transport);
  let revision = '';
  transport.setProtocolVersion = (version) => {
    revision = version;
    agreed?.(version);
  };
  await client.connect(transport);
  const withProgress: AnyClient['withProgress'] = async (name, args, timeout = 60_000) => {
    const steps: unknown[] = [];
    const onprogress = (step: unknown) => void steps.push(step);
    const options = { onprogress, timeout };
    return [await client.callTool({ name, arguments: args }, undefined, options), steps];
  };
  return { client, revision: () => revision, asked, heard, withProgress };
}

type Mode = NonNullable<VersionNegotiationOptions['mode']>;

/** SDK v2's client, which opens in this mode. */
export const connectNextAs =
  (mode: Mode): Connect =>
  async (url, answers, token) => {
    const client = new NextClient(info, { capabilities, versionNegotiation: { mode } });
    const { asked, heard, answer, hear } = recorder(answers);
    client.setRequestHandler('sampling/createMessage', answer);
    client.setRequestHandler('elicitation/create', answer);
    client.setRequestHandler('roots/list', answer);
    client.setNotificationHandler('notifications/message', hear);
    client.setNotificationHandler('notifications/resources/updated', hear);
    await client.connect(new NextTransport(new URL(url), transportOptions(token)));
    const withProgress: AnyClient['withProgress'] = async (name, args, timeout = 60_000) => {
      const steps: unknown[] = [];
      const onprogress = (step: unknown) => void steps.push(step);
      return [await client.callTool({ name, arguments: args }, { onprogress, timeout }), steps];
    };
    const revision = () => client.getNegotiatedProtocolVersion() ?? '';
    return { client: client as unknown as Methods, revision, asked, heard, withProgress };
  };

/** SDK v2's client, in the era with sessions. */
export const connectNext: Connect = connectNextAs('legacy');

function recorder(answers: Answers) {
  const asked: Message[] = [];
  const heard: Message[] = [];
  const answer = ({ method, params }: Message): Promise<never> => {
    asked.push({ method, params });
    return Promise.resolve(answers[method] as never);
  };
  const hear = ({ method, params }: Message): void => void heard.push({ method, params });
  return { asked, heard, answer, hear };
}
