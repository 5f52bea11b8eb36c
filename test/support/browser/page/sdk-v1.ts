import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { message, textOf } from './browser-client.js';
import type { BrowserClient } from './browser-client.js';

/** SDK v1, which is also what the Inspector's page was made of. */
export async function connectV1(
  endpoint: string,
  authProvider: OAuthClientProvider,
  answer: URLSearchParams | undefined,
): Promise<BrowserClient> {
  const client = new Client({ name: 'browser-v1', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(endpoint), { authProvider });
  if (answer !== undefined) await transport.finishAuth(answer.get('code') ?? '');
  await client.connect(transport);
  return {
    call: async (name) => textOf(await client.callTool({ name, arguments: message })),
    end: async () => {
      await transport.terminateSession();
      await client.close();
    },
  };
}
