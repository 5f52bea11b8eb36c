import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { OAuthClientProvider } from '@modelcontextprotocol/client';
import { message, textOf } from './browser-client.js';
import type { BrowserClient } from './browser-client.js';

/** SDK v2, which checks issuers and keeps scopes when it steps up. */
export async function connectV2(
  endpoint: string,
  authProvider: OAuthClientProvider,
  answer: URLSearchParams | undefined,
): Promise<BrowserClient> {
  const client = new Client({ name: 'browser-v2', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(endpoint), { authProvider });
  if (answer !== undefined) await transport.finishAuth(answer);
  await client.connect(transport);
  return {
    call: async (name) => textOf(await client.callTool({ name, arguments: message })),
    end: async () => {
      await transport.terminateSession();
      await client.close();
    },
  };
}
