import { directPlugins } from '../../../kong/direct/plugins.js';
import { ofOneProcess } from '../gateway/crossing.js';
import type { Gateway, GatewayOptions, Places } from '../gateway/gateway.js';
import { until } from '../readiness.js';
import { openSession, rpc } from '../rpc.js';
import type { RpcAnswer, RpcOptions } from '../rpc.js';
import { answer, startHttpFixture } from '../upstreams/http-fixture.js';
import type { Arrived, FixtureOptions, HttpFixture } from '../upstreams/http-fixture.js';
import { untilListed } from './listed.js';
import { startOpenEndpoint } from './one-endpoint.js';
import type { OpenEndpoint } from './one-endpoint.js';
import { fileLog } from './services.js';

type Members = Readonly<Record<string, unknown>>;

export interface DirectEndpointOptions {
  readonly fixture?: FixtureOptions;
  /** Of the server, beside its name and address. */
  readonly server?: Members;
  readonly aggregate?: Members;
  /** Beside file-log; default what direct calls need. */
  readonly plugins?: readonly Members[];
  /** Default: where each event reaches another worker, one process, so that all calls are direct. */
  readonly gateway?: Partial<Omit<GatewayOptions, 'declarative'>>;
}

export interface DirectEndpoint extends OpenEndpoint {
  readonly server: HttpFixture;
  /** Calls `s__x`, in a session where one is given; `arrived` is what reached the server of it. */
  call(options?: RpcOptions): Promise<RpcAnswer & { readonly arrived: readonly Arrived[] }>;
  /** A session that has one at the server. */
  begun(): Promise<string>;
  /** Log entry of the latest answer to `id`. */
  logged(requestId: unknown): Promise<LogEntry>;
}

export interface LogEntry {
  readonly mcp: Members;
  readonly request: { readonly headers: Members };
}

const tools = '{"tools":[{"name":"x","inputSchema":{"type":"object"}}]}';

export function listTools(server: HttpFixture): void {
  server.on('tools/list', (arrived, response) => answer(arrived, response, tools));
}

/** Calls are answered in sessions that the server has, and 404 in others. */
export function callInSessions(server: HttpFixture): void {
  server.on('tools/call', (arrived, response) => {
    if (server.sessions.has(String(arrived.headers['mcp-session-id']))) {
      return answer(arrived, response, '{"content":[]}');
    }
    response.writeHead(404).end();
  });
}

/** Where each event reaches another worker, the first calls of a session in each go the usual way. */
export const directAtAll = { gateway: ofOneProcess };

/** An open endpoint with one server `s`, whose calls are direct. */
export async function startDirectEndpoint(
  options: DirectEndpointOptions = {},
): Promise<DirectEndpoint> {
  const { fixture, server: own, aggregate, plugins = directPlugins } = options;
  const { gateway: how = directAtAll.gateway } = options;
  const server = await startHttpFixture(fixture);
  listTools(server);
  const servers = [{ name: 's', url: server.url, direct: true, ...own }];
  const open = await startOpenEndpoint({
    aggregate: { servers, ...aggregate },
    plugins: (places: Places) => [...plugins, fileLog(places)],
    gateway: how,
  });
  const { gateway, url } = open;
  await untilListed(url, ['s__x']);
  const call: DirectEndpoint['call'] = async (given) => {
    const before = server.of('tools/call').length;
    const params = { name: 's__x', arguments: {} };
    const answered = await rpc(url, 'tools/call', { params, ...given });
    return { ...answered, arrived: server.of('tools/call').slice(before) };
  };
  return {
    ...open,
    server,
    call,
    begun: async () => {
      const session = await openSession(url);
      await call({ session });
      return session;
    },
    logged: (id) => logged(gateway, id),
    stop: async () => {
      await open.stop();
      await server.close();
    },
  };
}

function logged(gateway: Gateway, id: unknown): Promise<LogEntry> {
  const find = () =>
    gateway.fileLogLines().find((line) => (line['request'] as { id?: unknown }).id === id);
  return until(find, { what: 'the request was not logged' }) as unknown as Promise<LogEntry>;
}
