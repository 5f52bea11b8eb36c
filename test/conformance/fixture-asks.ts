import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { CreateMessageResultSchema, ElicitResultSchema } from '@modelcontextprotocol/sdk/types.js';
import type { CallToolResult, ElicitRequestFormParams } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

type Schema = ElicitRequestFormParams['requestedSchema'];

/** Defaults of every primitive type (SEP-1034). */
const defaults: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
  required: [],
};

const titled = (kind: string) =>
  [1, 2, 3].map((n) => ({ const: `value${n}`, title: `${kind} ${n}` }));
const plain = ['option1', 'option2', 'option3'];

/** Every form of enumeration (SEP-1330). */
const enums: Schema = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: plain },
    titledSingle: { type: 'string', oneOf: titled('Option') },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', items: { type: 'string', enum: plain } },
    titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
  },
  required: [],
};

const userDetails: Schema = {
  type: 'object',
  properties: { username: { type: 'string' }, email: { type: 'string' } },
  required: ['username', 'email'],
};

const text = (value: string): CallToolResult => ({ content: [{ type: 'text', text: value }] });

/** The suite's tools that ask the client while they work. */
export function registerAskingTools(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    { description: 'Asks the client for a completion.', inputSchema: { prompt: z.string() } },
    async ({ prompt }, extra) => {
      const content = { type: 'text' as const, text: prompt };
      const params = { messages: [{ role: 'user' as const, content }], maxTokens: 100 };
      const request = { method: 'sampling/createMessage' as const, params };
      const answer = await extra.sendRequest(request, CreateMessageResultSchema);
      return text(`LLM response: ${JSON.stringify(answer.content)}`);
    },
  );
  const asking = (name: string, requestedSchema: Schema, say: string): void => {
    const inputSchema = { message: z.string().default('Please fill in') };
    server.registerTool(name, { description: say, inputSchema }, async ({ message }, extra) => {
      const params = { mode: 'form' as const, message, requestedSchema };
      const request = { method: 'elicitation/create' as const, params };
      const { action, content } = await extra.sendRequest(request, ElicitResultSchema);
      return text(`${say}: action=${action}, content=${JSON.stringify(content)}`);
    });
  };
  asking('test_elicitation', userDetails, 'User response');
  asking('test_elicitation_sep1034_defaults', defaults, 'Elicitation completed');
  asking('test_elicitation_sep1330_enums', enums, 'Elicitation completed');
}
