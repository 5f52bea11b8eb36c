import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { capabilities, info, recorder, transportOptions } from './contract.js';
import type { Answers, AnyClient, Connect } from './contract.js';
import { inSession } from './session.js';

/** SDK v1's client, able to be asked everything. */
export const connectFirst: Connect = (url, answers, token) =>
  connectFirstBy(new StreamableHTTPClientTransport(new URL(url), transportOptions(token)), answers);

/** The same by the HTTP+SSE transport of 2024-11-05. */
export const connectFirstSse: Connect = (url, answers, token) =>
  connectFirstBy(new SSEClientTransport(new URL(url), transportOptions(token)), answers);

/** The same by any transport. */
export async function connectFirstBy(transport: Transport, answers: Answers): Promise<AnyClient> {
  const client = new Client(info, { capabilities });
  const { asked, heard, answer, hear } = recorder(answers);
  client.setRequestHandler(CreateMessageRequestSchema, answer);
  client.setRequestHandler(ElicitRequestSchema, answer);
  client.setRequestHandler(ListRootsRequestSchema, answer);
  client.setNotificationHandler(LoggingMessageNotificationSchema, hear);
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, hear);
  client.setNotificationHandler(ToolListChangedNotificationSchema, hear);
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
  const whileWanted: AnyClient['whileWanted'] = (name, signal) =>
    client.callTool({ name, arguments: {} }, undefined, { signal });
  const calls = { withProgress, whileWanted, ...inSession(client) };
  return { client, revision: () => revision, asked, heard, ...calls };
}
