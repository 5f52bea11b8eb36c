import { internalHandleHeader } from '../handles/handles.js';
import { hopHeader } from '../handles/hop-mark.js';

/** Headers by name and by beginning, in lower case with hyphens. */
export interface HeaderFamily {
  readonly names: ReadonlySet<string>;
  readonly beginnings: readonly string[];
}

/** Headers of a server's requests that the protocol or the connection decides. */
export const ownHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'last-event-id',
  'mcp-protocol-version',
  'mcp-session-id',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  hopHeader,
  internalHandleHeader,
]);

/**
 * Never handed on from clients to servers (design D13): of the protocol, of the connection, a
 * credential that was given to this gateway alone, or what Kong says of a caller, which servers might
 * take for verified.
 */
export const neverForwarded: HeaderFamily = {
  names: new Set([
    'accept',
    'accept-charset',
    'accept-encoding',
    'authorization',
    'connection',
    'cookie',
    'cookie2',
    'dpop',
    'expect',
    'forwarded',
    'host',
    'http2-settings',
    'keep-alive',
    'last-event-id',
    'origin',
    'range',
    'referer',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'via',
    'www-authenticate',
    'x-anonymous-consumer',
  ]),
  beginnings: [
    'content-',
    'if-',
    'mcp-',
    'proxy-',
    'sec-',
    'x-authenticated-',
    'x-consumer-',
    'x-credential-',
    'x-forwarded-',
    'x-kong-',
    'x-mcp-',
  ],
};

/** No claim becomes one of these: they steer routing, framing, trust or the protocol itself. */
export const neverFromClaims: HeaderFamily = {
  names: new Set([
    'authorization',
    'host',
    'cookie',
    'origin',
    'via',
    'forwarded',
    'connection',
    'upgrade',
    'te',
    'trailer',
    'keep-alive',
    'expect',
    'date',
    'range',
    'accept',
    'x-real-ip',
    'x-credential-identifier',
    'x-anonymous-consumer',
    'x-mcp-handle',
    'x-mcp-limit-key',
    'last-event-id',
  ]),
  beginnings: ['accept-', 'content-', 'transfer-', 'proxy-', 'x-forwarded-', 'x-consumer-', 'mcp-'],
};

/** Headers of introspection requests that the gateway writes itself. */
export const introspectionHeaders: HeaderFamily = {
  names: new Set(['authorization', 'host', 'accept', 'transfer-encoding', 'connection', 'cookie']),
  beginnings: ['content-', 'proxy-'],
};

/** @param name in lower case, with hyphens */
export function isOf({ names, beginnings }: HeaderFamily, name: string): boolean {
  return names.has(name) || beginnings.some((start) => name.startsWith(start));
}
