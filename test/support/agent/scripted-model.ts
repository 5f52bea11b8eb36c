import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request for a completion as it arrived. */
export interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ScriptedModel {
  /** Base of OpenAI's API. */
  readonly url: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

interface Chat {
  readonly messages: readonly { readonly role: string; readonly content: string | null }[];
  readonly tools: readonly { readonly function: { readonly name: string } }[];
}

/**
 * A server of OpenAI's chat completions that thinks nothing: it wants one tool called, which it must
 * have been shown, and then answers with what came of it.
 */
export async function startScriptedModel(tool: string, given: object): Promise<ScriptedModel> {
  const asked: Asked[] = [];
  const reply = ({ messages, tools }: Chat): object => {
    const last = messages.at(-1);
    if (last?.role === 'tool') return { role: 'assistant', content: `Yes: ${last.content}` };
    const isShown = tools.some(({ function: shown }) => shown.name === tool);
    if (!isShown) return { role: 'assistant', content: `I was not shown ${tool}` };
    const call = { name: tool, arguments: JSON.stringify(given) };
    const calls = [{ id: 'call_1', type: 'function', function: call }];
    return { role: 'assistant', content: null, tool_calls: calls };
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      asked.push({ headers: request.headers, body });
      const chat = JSON.parse(body) as Chat;
      const choice = { index: 0, message: reply(chat), finish_reason: 'stop' };
      const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
      const completion = {
        id: 'c',
        object: 'chat.completion',
        created: 1,
        model: 'scripted',
        choices: [choice],
        usage,
      };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(completion));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
