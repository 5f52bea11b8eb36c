import { rpc } from './rpc.js';
import type { RpcAnswer } from './rpc.js';

export interface ModernRpcOptions {
  readonly token?: string;
  readonly capabilities?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

type Params = Readonly<Record<string, unknown>>;

/** Params and headers of one request as a client of 2026-07-28 makes it. */
export function modernRequest(method: string, params: Params = {}, capabilities: object = {}) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'e2e', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
  const name = params['name'] ?? params['uri'] ?? params['taskId'];
  return {
    params: { ...params, _meta },
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    },
  };
}

/** POSTs one such request. */
export function modernRpc(
  url: string,
  method: string,
  params: Params = {},
  { token, capabilities, headers = {} }: ModernRpcOptions = {},
): Promise<RpcAnswer> {
  const made = modernRequest(method, params, capabilities);
  return rpc(url, method, {
    ...(token === undefined ? {} : { token }),
    params: made.params,
    headers: { ...made.headers, ...headers },
  });
}
