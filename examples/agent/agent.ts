/**
 * An agent: takes a prompt (a file, or stdin), thinks with a model that speaks OpenAI's chat
 * completions, and works with the tools of an MCP endpoint. Both are reached through the same Kong with
 * the same token, and all of it is one trace.
 *
 *   AGENT_TOKEN=… node agent.ts prompt.txt      (Node 22.18 or later)
 */
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Span } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

interface ToolCall {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

interface Reply {
  readonly role: 'assistant';
  readonly content: string | null;
  readonly tool_calls?: readonly ToolCall[];
}

type Message = Reply | { readonly role: 'user' | 'tool'; readonly content: string };

const { env } = process;
const gateway = env['GATEWAY_URL'] ?? 'http://127.0.0.1:8000';
const mcpUrl = env['MCP_URL'] ?? `${gateway}/mcp`;
const modelUrl = env['OPENAI_BASE_URL'] ?? `${gateway}/v1`;
const model = env['OPENAI_MODEL'] ?? 'gpt-4.1-mini';
const token = env['AGENT_TOKEN'] ?? '';
/** A model that never comes to an end is not followed for ever. */
const mostTurns = 10;

const named = resourceFromAttributes({ 'service.name': 'agent' });
const provider = new BasicTracerProvider({
  resource: named.merge(detectResources({ detectors: [envDetector] })),
  spanProcessors: env['OTEL_EXPORTER_OTLP_ENDPOINT']
    ? [new BatchSpanProcessor(new OTLPTraceExporter())]
    : [],
});
const tracer = provider.getTracer('agent');
const propagator = new W3CTraceContextPropagator();

/** How others are told of a span. */
function told(span: Span): Record<string, string> {
  const carrier: Record<string, string> = {};
  const set = (to: Record<string, string>, name: string, value: string) => void (to[name] = value);
  propagator.inject(trace.setSpan(ROOT_CONTEXT, span), carrier, { set });
  return carrier;
}

/** Does some work in a span below `parent`. */
async function within<T>(
  parent: Span | undefined,
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const context = parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, context);
  try {
    return await work(span);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function think(parent: Span, messages: readonly Message[], tools: object[]): Promise<Reply> {
  const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': model };
  return within(parent, `chat ${model}`, attributes, async (span) => {
    const answer = await fetch(`${modelUrl}/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        ...told(span),
      },
      body: JSON.stringify({ model, messages, tools }),
    });
    if (!answer.ok) throw new Error(`the model answered HTTP ${answer.status}`);
    const { choices } = (await answer.json()) as {
      readonly choices: { readonly message: Reply }[];
    };
    const message = choices[0]?.message;
    if (message === undefined) throw new Error('the model said nothing');
    return message;
  });
}

function use(parent: Span, client: Client, call: ToolCall): Promise<string> {
  const { name } = call.function;
  const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name };
  return within(parent, `execute_tool ${name}`, attributes, async (span) => {
    const given = JSON.parse(call.function.arguments || '{}') as Record<string, unknown>;
    const result = await client.callTool({ name, arguments: given, _meta: told(span) });
    return JSON.stringify(result.content);
  });
}

async function answer(span: Span, prompt: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, ...told(span) };
  const transport = new StreamableHTTPClientTransport(new URL(mcpUrl), {
    requestInit: { headers },
  });
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await client.connect(transport);
  try {
    const listed = await client.listTools();
    const tools = listed.tools.map(({ name, description = '', inputSchema: parameters }) => ({
      type: 'function',
      function: { name, description, parameters },
    }));
    const messages: Message[] = [{ role: 'user', content: prompt }];
    for (let turn = 0; turn < mostTurns; turn++) {
      const reply = await think(span, messages, tools);
      messages.push(reply);
      if (!reply.tool_calls?.length) return reply.content ?? '';
      for (const call of reply.tool_calls) {
        const content = await use(span, client, call);
        messages.push({ role: 'tool', content, tool_call_id: call.id } as Message);
      }
    }
    throw new Error(`no answer after ${mostTurns} turns`);
  } finally {
    await transport.terminateSession();
    await client.close();
  }
}

const prompt = readFileSync(process.argv[2] ?? 0, 'utf8');
try {
  const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'agent' };
  const said = await within(undefined, 'invoke_agent agent', attributes, (span) =>
    answer(span, prompt),
  );
  process.stdout.write(`${said}\n`);
} finally {
  await provider.shutdown();
}
