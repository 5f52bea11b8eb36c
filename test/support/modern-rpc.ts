import { rpc } from './rpc.js';
import type { RpcAnswer } from './rpc.js';

export interface ModernRpcOptions {
  readonly token?: string;
  readonly capabilities?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

type Params = Readonly<Record<string, unknown>>;

/** POSTs one request as a client of 2026-07-28 does, with the headers that mirror it. */
export function modernRpc(
  url: string,
  method: string,
  params: Params = {},
  { token, capabilities = {}, headers = {} }: ModernRpcOptions = {},
): Promise<RpcAnswer> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'e2e', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
  const name = params['name'] ?? params['uri'] ?? params['taskId'];
  return rpc(url, method, {
    ...(token === undefined ? {} : { token }),
    params: { ...params, _meta },
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
      ...headers,
    },
  });
}
