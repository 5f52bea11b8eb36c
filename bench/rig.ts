import { readFileSync } from 'node:fs';
import { startGateway } from '../test/support/gateway/gateway.js';
import type { Gateway, GatewayOptions } from '../test/support/gateway/gateway.js';
import { freePort } from '../test/support/ports.js';
import { startIssuer } from '../test/support/rig/issuer.js';
import type { Issuer } from '../test/support/rig/issuer.js';
import { endpoint } from '../test/support/rig/services.js';

export interface Rig extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly issuer: Issuer;
  /** Address of the endpoint with both plugins. */
  readonly resource: string;
}

export interface RigOptions {
  /** `servers` of mcp-aggregate. */
  readonly servers: readonly object[];
  /** Further Services. */
  readonly services?: (resource: string, issuer: Issuer) => readonly object[];
  readonly env?: GatewayOptions['env'];
}

export const onWhat = process.env['KONG_BIN'] ? 'Kong' : 'the stand-in';

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Both plugins on `/mcp` before the given servers. */
export async function startRig({ servers, services, env }: RigOptions): Promise<Rig> {
  const port = await freePort();
  const resource = `http://127.0.0.1:${port}/mcp`;
  const issuer = await startIssuer([resource]);
  const oauth = { resource, authorization_servers: [issuer.url] };
  const mcp = endpoint({ name: 'mcp', path: '/mcp', oauth, aggregate: { servers } });
  const declarative = { services: [mcp, ...(services?.(resource, issuer) ?? [])] };
  const gateway = await startGateway({ port, declarative, ...(env ? { env } : {}) });
  const close = async () => {
    await gateway.stop();
    await issuer.close();
  };
  return { gateway, issuer, resource, [Symbol.asyncDispose]: close };
}

/** Seconds of CPU that a process has used. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * The bytes of a POST, to be sent again and again.
 * @param more lines of its head
 */
export function httpRequest(
  url: string,
  token: string,
  body: object,
  more: readonly string[] = [],
): Buffer {
  const { host, pathname } = new URL(url);
  const text = JSON.stringify(body);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `Authorization: Bearer ${token}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...more,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`);
}

/** A `tools/call` as clients send it. */
export function toolCall(name: string): object {
  const params = { name, arguments: { value: 41, note: 'a note of some length' } };
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
}
