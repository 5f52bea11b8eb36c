import { openSession, rpc } from '../rpc.js';
import { openStream } from '../stream-reader.js';

/** What a raw client has seen of one call, byte by byte. */
export interface Seen {
  /** The question, as the text of the message it came in. */
  readonly question: string;
  /** The result, without the id around it. */
  readonly result: string;
}

export interface RawClient {
  list(): Promise<string>;
  /** Calls a tool with arguments and answers its question by these bytes. */
  call(name: string, odd: string): Promise<Seen>;
}

export const answerBytes = (odd: string): string =>
  `{"action":"accept", "content":{"seat":"1\\u0032A","x":{"odd":${odd},"end":0}}}`;

const argumentBytes = (odd: string): string => `{"odd":${odd},"end":0}`;
const form = { elicitation: { form: {} } };
const result = /"result": ?(\{.*\})\}/s;

/** A client in a session. */
export async function rawSessionClient(url: string): Promise<RawClient> {
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: form,
      clientInfo: { name: 'raw', version: '1' },
    },
  });
  const session = await openSession(url, { body });
  const headers = { 'mcp-protocol-version': '2025-11-25' };
  return {
    list: async () => (await rpc(url, 'tools/list', { session, headers })).text,
    call: async (name, odd) => {
      const params = `{"name":"${name}","arguments":${argumentBytes(odd)}}`;
      const raw = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":${params}}`;
      const stream = await openStream(url, { session, headers, raw });
      const [, question = ''] = await stream.until(/data: (.*elicitation\/create.*)\n/);
      const id = JSON.stringify((JSON.parse(question) as { id: unknown }).id);
      const answer = `{"jsonrpc":"2.0","id":${id},"result":${answerBytes(odd)}}`;
      await rpc(url, '', { session, headers, body: answer });
      const rest = (await stream.rest()).split('\n').filter((line) => line.includes('"result"'));
      return { question, result: result.exec(rest.at(-1) ?? '')?.[1] ?? '' };
    },
  };
}

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': form,
};

/** A client without sessions. */
export function rawModernClient(url: string): RawClient {
  const send = async (method: string, name: string | undefined, params: string) => {
    const body = `{"jsonrpc":"2.0","id":7,"method":"${method}","params":{${params}"_meta":${JSON.stringify(meta)}}}`;
    const headers: Record<string, string> = {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name === undefined ? {} : { 'mcp-name': name }),
    };
    return rpc(url, method, { headers, body });
  };
  return {
    list: async () => (await send('tools/list', undefined, '')).text,
    call: async (name, odd) => {
      const params = `"name":"${name}","arguments":${argumentBytes(odd)},`;
      const asked = await send('tools/call', name, params);
      const { inputRequests, requestState } = asked.message?.result as {
        inputRequests: Record<string, unknown>;
        requestState?: string;
      };
      const key = JSON.stringify(Object.keys(inputRequests)[0]);
      const state =
        requestState === undefined ? '' : `"requestState":${JSON.stringify(requestState)},`;
      const responses = `"inputResponses":{${key}:${answerBytes(odd)}},${state}`;
      const done = await send('tools/call', name, params + responses);
      return { question: asked.text, result: result.exec(done.text)?.[1] ?? done.text };
    },
  };
}
