import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { registerAskingTools } from './fixture-asks.js';

/** The smallest PNG: one pixel. */
export const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
/** The smallest WAV: a header without samples. */
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

/** Keywords of 2020-12 that a schema made by older means would not have. */
const schema2020 = z
  .strictObject({
    name: z.string().optional(),
    phone: z.string().optional(),
    email: z.string().optional(),
    address: z.unknown().optional().meta({ $ref: '#/$defs/address' }),
  })
  .meta({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { required: ['phone'] },
    then: { properties: { email: { type: 'string' } } },
    else: { required: ['email'] },
  });

const text = (value: string): CallToolResult => ({ content: [{ type: 'text', text: value }] });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The tools that the official suite calls by name. */
export function registerSuiteTools(server: McpServer): void {
  registerContentTools(server);
  registerStreamingTools(server);
  registerAskingTools(server);
  server.registerTool(
    'json_schema_2020_12_tool',
    { description: 'Takes whatever fits a schema of 2020-12.', inputSchema: schema2020 },
    () => text('fits'),
  );
}

function registerContentTools(server: McpServer): void {
  const plain = (name: string, result: CallToolResult): void => {
    server.registerTool(name, { description: `Answers with ${name}.` }, () => result);
  };
  plain('test_simple_text', text('This is a simple text response for testing.'));
  plain('test_image_content', {
    content: [{ type: 'image', data: png, mimeType: 'image/png' }],
  });
  plain('test_audio_content', {
    content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }],
  });
  plain('test_embedded_resource', {
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  });
  plain('test_multiple_content_types', {
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: png, mimeType: 'image/png' },
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: '{"test":"data","value":123}',
        },
      },
    ],
  });
  plain('test_error_handling', {
    isError: true,
    content: [{ type: 'text', text: 'This tool intentionally returns an error for testing' }],
  });
}

function registerStreamingTools(server: McpServer): void {
  server.registerTool(
    'test_reconnection',
    { description: 'Closes its stream before the result, which is had by coming back.' },
    async (extra) => {
      const params = { level: 'info' as const, data: 'before the stream is closed' };
      await extra.sendNotification({ method: 'notifications/message', params });
      extra.closeSSEStream?.();
      await pause(100);
      return text('after the stream was closed');
    },
  );
  server.registerTool(
    'test_tool_with_logging',
    { description: 'Logs three times while it works.' },
    async (extra) => {
      const steps = ['Tool execution started', 'Tool processing data', 'Tool execution completed'];
      for (const data of steps) {
        await extra.sendNotification({
          method: 'notifications/message',
          params: { level: 'info', data },
        });
        await pause(50);
      }
      return text('logged');
    },
  );
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Reports progress while it works.' },
    async (extra) => {
      const progressToken = extra._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          await extra.sendNotification({
            method: 'notifications/progress',
            params: { progressToken, progress, total: 100 },
          });
        }
        await pause(50);
      }
      return text('done');
    },
  );
}
