import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';

export interface RpcOptions {
  readonly token?: string;
  readonly params?: unknown;
  /** JSON-RPC id; null sends a notification. */
  readonly id?: string | number | null;
  readonly session?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as it is in place of a message made of `method` and `params`. */
  readonly body?: string | Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface RpcAnswer extends HttpAnswer {
  /** The response message: the JSON body, or the last message of the event stream. */
  readonly message: RpcMessage | undefined;
  /** Every message of the answer, in order. */
  readonly messages: readonly RpcMessage[];
}

export interface RpcMessage {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { code: number; message: string; data?: Record<string, unknown> };
}

/** One HTTP exchange, headers untouched: fetch would refuse some that a hostile client sends. */
export function exchange(
  url: string,
  method: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body?: string | Buffer,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: copy(headers), agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function copy(
  headers: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]),
  );
}

/** POSTs one JSON-RPC message as a legacy client does. */
export async function rpc(
  url: string,
  method: string,
  options: RpcOptions = {},
): Promise<RpcAnswer> {
  const id = options.id === null ? {} : { id: options.id ?? 1 };
  const params = options.params === undefined ? {} : { params: options.params };
  const body = options.body ?? JSON.stringify({ jsonrpc: '2.0', ...id, method, ...params });
  const answer = await exchange(
    url,
    'POST',
    {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'content-length': String(Buffer.byteLength(body)),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.session === undefined ? {} : { 'mcp-session-id': options.session }),
      ...options.headers,
    },
    body,
  );
  const messages = readMessages(answer);
  return { ...answer, messages, message: messages.at(-1) };
}

function readMessages(answer: HttpAnswer): RpcMessage[] {
  const type = answer.headers['content-type'] ?? '';
  if (type.startsWith('text/event-stream')) {
    return answer.text
      .split('\n')
      .filter((line) => line.startsWith('data:') && line.trim() !== 'data:')
      .map((line) => JSON.parse(line.slice('data:'.length)) as RpcMessage);
  }
  if (!type.startsWith('application/json') || answer.text === '') return [];
  return [JSON.parse(answer.text) as RpcMessage];
}

/** Opens a legacy session; answers its id. */
export async function openSession(url: string, options: RpcOptions = {}): Promise<string> {
  const answer = await rpc(url, 'initialize', {
    ...options,
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'e2e', version: '1' },
    },
  });
  const session = answer.headers['mcp-session-id'];
  if (typeof session !== 'string') throw new Error(`no session: ${answer.status} ${answer.text}`);
  await rpc(url, 'notifications/initialized', { ...options, session, id: null });
  return session;
}

/** Calls a tool without a session. */
export function callTool(
  url: string,
  name: string,
  args: unknown,
  options: RpcOptions = {},
): Promise<RpcAnswer> {
  return rpc(url, 'tools/call', { ...options, params: { name, arguments: args } });
}
