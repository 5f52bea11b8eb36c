import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import {
  createTaskSessionFromClient,
  resultFromTaskOutcome,
} from '@modelcontextprotocol/ext-tasks/client';
import type { RawClientDispatch } from '@modelcontextprotocol/ext-tasks/client';
import { modernRequest } from './modern-rpc.js';
import { rpc } from './rpc.js';

export interface TaskRequester {
  /** Messages of what was asked, in order. */
  readonly asked: unknown[];
  /** Calls a tool and waits for its result, which a task may lead to. */
  call(name: string, args: Readonly<Record<string, string | number>>): Promise<unknown>;
  close(): Promise<void>;
}

const protocolVersion = '2026-07-28';
const clientInfo = { name: 'e2e', version: '1' };
const clientCapabilities = {
  elicitation: { form: {} },
  extensions: { 'io.modelcontextprotocol/tasks': {} },
};

/** The official requester of tasks on SDK v2’s client, answering every form with `content`. */
export async function connectTaskRequester(
  url: string,
  token: string,
  content: Readonly<Record<string, boolean>>,
): Promise<TaskRequester> {
  const client = new Client(clientInfo, {
    capabilities: clientCapabilities,
    versionNegotiation: { mode: 'auto' },
  });
  const headers = { authorization: `Bearer ${token}` };
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  await client.connect(transport);
  // Requests of the extension, which the SDK's own client does not know.
  const rawDispatch: RawClientDispatch = async (request) => {
    const { method, params } = request as { method: string; params: Record<string, unknown> };
    const { headers: mirrored } = modernRequest(method, params);
    const { result, error } = (await rpc(url, method, { token, params, headers: mirrored }))
      .message!;
    if (error) return { kind: 'error', error: error as never };
    return { kind: 'result', result: result as never };
  };
  const asked: unknown[] = [];
  const session = createTaskSessionFromClient(client, {
    endpointId: url,
    rawDispatch,
    v2RequestFraming: { protocolVersion, clientInfo, clientCapabilities },
    onInputRequest: ({ params }) => {
      asked.push(params?.['message']);
      return Promise.resolve({ action: 'accept', content } as never);
    },
  });
  return {
    asked,
    async call(name, args) {
      const execution = await session.callTool(name, args);
      return resultFromTaskOutcome((await execution.settle()).outcome);
    },
    async close() {
      await session.close();
      await client.close();
    },
  };
}
