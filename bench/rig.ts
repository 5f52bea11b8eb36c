import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startGateway } from '../test/support/gateway/gateway.js';
import type { Gateway, GatewayOptions } from '../test/support/gateway/gateway.js';
import { freePort } from '../test/support/ports.js';
import { startIssuer } from '../test/support/rig/issuer.js';
import type { Issuer } from '../test/support/rig/issuer.js';
import { endpoint } from '../test/support/rig/services.js';
import type { EndpointOptions } from '../test/support/rig/services.js';
import { until } from '../test/support/readiness.js';
import { rpc } from '../test/support/rpc.js';
import type { LoadRequest, LoadTarget, Usage } from './load/generator.js';

export interface Rig extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly issuer: Issuer;
  /** Address of the endpoint with both plugins. */
  readonly resource: string;
}

export interface RigOptions extends Pick<
  GatewayOptions,
  'env' | 'workers' | 'functions' | 'authSocket'
> {
  /** `servers` of mcp-aggregate. */
  readonly servers: readonly object[];
  /** Kong's own plugins on the endpoint. */
  readonly plugins?: EndpointOptions['plugins'];
  /** Further Services. */
  readonly services?: (resource: string, issuer: Issuer) => readonly object[];
  /** Another build of the plugin server, as its checkout; default: this one. */
  readonly build?: string;
  /** Of the gateway, for who must know it before; default: a free one. */
  readonly port?: number;
}

export const onWhat = process.env['KONG_BIN'] ? 'Kong' : 'the stand-in';

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Both plugins on `/mcp` before the given servers. */
export async function startRig(options: RigOptions): Promise<Rig> {
  const { servers, plugins = [], services, build, port: given, ...others } = options;
  const port = given ?? (await freePort());
  const resource = `http://127.0.0.1:${port}/mcp`;
  const issuer = await startIssuer([resource]);
  const oauth = { resource, authorization_servers: [issuer.url] };
  const mcp = endpoint({ name: 'mcp', path: '/mcp', oauth, aggregate: { servers }, plugins });
  const declarative = { services: [mcp, ...(services?.(resource, issuer) ?? [])] };
  const gateway = await startGateway({ port, declarative, ...others, ...ofBuild(build) });
  const close = async () => {
    await gateway.stop();
    await issuer.close();
  };
  return { gateway, issuer, resource, [Symbol.asyncDispose]: close };
}

function ofBuild(build: string | undefined): Partial<GatewayOptions> {
  if (build === undefined) return {};
  const checkout = build.replace(/\/dist\/?$/, '');
  const plugins = ['mcp-oauth', 'mcp-aggregate'].map((name) => {
    return { name, description: join(checkout, `describe/${name}.json`) };
  });
  return { pluginServerMain: join(checkout, 'dist/kong/pluginserver/main.js'), plugins };
}

/** The endpoint as a client with a token and a session sees it. */
export async function inSession(rig: Rig, request: LoadRequest): Promise<LoadTarget> {
  const token = await rig.issuer.token(rig.resource);
  const headers = { Authorization: `Bearer ${token}` };
  return { url: rig.resource, headers, session: true, requests: [request] };
}

/** Until the list holds so many tools. */
export async function untilListed({ resource, issuer }: Rig, tools: number): Promise<void> {
  const token = await issuer.token(resource);
  const complete = async (): Promise<boolean> => {
    let cursor: unknown;
    let count = 0;
    do {
      const params = cursor === undefined ? undefined : { cursor };
      const { message } = await rpc(resource, 'tools/list', { token, params });
      const result = message?.result as { tools?: object[]; nextCursor?: string } | undefined;
      count += result?.tools?.length ?? 0;
      cursor = result?.nextCursor;
    } while (cursor !== undefined);
    return count === tools;
  };
  await until(complete, { what: `no list of ${tools} tools` });
}

/** The processes of a gateway, for the generator to watch. */
export function processesOf({ gateway }: Rig): Record<'gateway' | 'plugins', readonly number[]> {
  const nginx = Number(readFileSync(join(gateway.prefix, 'pids/nginx.pid'), 'utf8'));
  return { gateway: [nginx], plugins: [gateway.pluginServer.pid] };
}

/** Of all that is watched. */
export function whole(watched: Readonly<Record<string, Usage>>): Usage {
  const all = Object.values(watched);
  const sum = (of: (usage: Usage) => number): number => all.reduce((n, usage) => n + of(usage), 0);
  return {
    processes: sum(({ processes }) => processes),
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    cpuMicros: sum(({ cpuMicros }) => cpuMicros),
    rssBytes: sum(({ rssBytes }) => rssBytes),
  };
}

export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** A table as Markdown has it. */
export function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
