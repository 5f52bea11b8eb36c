import { encodeMirrored } from '../../../lib/http/mirrored-value.js';
import type { Harness, KongConfig, Sent } from './harness.js';
import { rpc } from './harness.js';

export const modernVersion = '2026-07-28';

/** What each request of the era without sessions says of itself. */
export function modernMeta(capabilities: object = {}, more: object = {}) {
  return {
    'io.modelcontextprotocol/protocolVersion': modernVersion,
    'io.modelcontextprotocol/clientCapabilities': capabilities,
    ...more,
  };
}

interface NamedParams {
  readonly name?: string;
  readonly uri?: string;
  readonly _meta?: object;
}

/** The headers that mirror a request. */
export function mirroring(method: string, params: NamedParams = {}): Record<string, string> {
  const name = method === 'resources/read' ? params.uri : params.name;
  return {
    'mcp-protocol-version': modernVersion,
    'mcp-method': method,
    ...(name === undefined ? {} : { 'mcp-name': encodeMirrored(name) }),
  };
}

export interface ModernMessage {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: object };
}

/** A request of a client without sessions. */
export function modernRequest(
  method: string,
  params: NamedParams & Record<string, unknown> = {},
  more: Sent = {},
): Sent {
  const _meta = { ...modernMeta(), ...params._meta };
  return {
    ...more,
    json: rpc(method, { ...params, _meta }),
    headers: { ...mirroring(method, params), ...more.headers },
  };
}

export interface ModernAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Every message of the answer, in order. */
  readonly messages: readonly ModernMessage[];
  /** The last of them. */
  readonly message: ModernMessage;
  readonly text: string;
}

/** Sends a request of a client without sessions, and takes its whole answer. */
export async function askModern(
  harness: Harness,
  method: string,
  params: NamedParams & Record<string, unknown> = {},
  more: Sent = {},
  config?: KongConfig,
): Promise<ModernAnswer> {
  const response = await harness.send(modernRequest(method, params, more), config);
  const text = await response.text();
  const isStream = response.headers.get('content-type') === 'text/event-stream';
  const parts = isStream ? [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => data!) : [text];
  const messages = parts.filter((part) => part !== '').map((part) => JSON.parse(part));
  const message = messages.at(-1) ?? {};
  return { status: response.status, headers: response.headers, messages, message, text };
}
