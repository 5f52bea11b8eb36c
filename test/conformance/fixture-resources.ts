import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { png } from './fixture-tools.js';

/**
 * The resources and the template that the official suite reads by URI.
 * @param subscribed holds the URIs that the session has subscribed to
 */
export function registerSuiteResources(server: McpServer, subscribed: Set<string>): void {
  const plain = { mimeType: 'text/plain', description: 'A resource of the suite.' };
  const fixed = (name: string, uri: string, text: string): void => {
    server.registerResource(name, uri, plain, () => ({
      contents: [{ uri, mimeType: 'text/plain', text }],
    }));
  };
  fixed('static-text', 'test://static-text', 'This is the content of the static text resource.');
  fixed('watched-resource', 'test://watched-resource', 'Watched resource content');
  server.registerResource(
    'static-binary',
    'test://static-binary',
    { mimeType: 'image/png', description: 'A picture of one pixel.' },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: 'image/png', blob: png }] }),
  );
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', {
      list: undefined,
      complete: { id: (value) => ['123', '124'].filter((id) => id.startsWith(value)) },
    }),
    { mimeType: 'application/json', description: 'Data by id.' },
    (uri, { id }) => {
      const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` });
      return { contents: [{ uri: uri.href, mimeType: 'application/json', text }] };
    },
  );
  server.server.registerCapabilities({ resources: { subscribe: true } });
  server.server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    subscribed.add(params.uri);
    return {};
  });
  server.server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    subscribed.delete(params.uri);
    return {};
  });
}
