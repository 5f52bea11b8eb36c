import { createServer, request as send } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface InternalRouteOptions {
  readonly name: string;
  readonly path: string;
  /** The MCP server. */
  readonly url: string;
  /** Native plugins. */
  readonly plugins?: readonly Readonly<Record<string, unknown>>[];
  readonly hosts?: readonly string[];
}

/** The Service of a `route` server, on a Route that lets in nobody but the gateway. */
export function internalRoute(options: InternalRouteOptions): object {
  const { name, path, url, plugins = [], hosts } = options;
  const guard = { name: 'mcp-aggregate', config: { mode: 'internal' } };
  const route = {
    name,
    paths: [`~${path}$`],
    ...(hosts ? { hosts } : {}),
    plugins: [guard, ...plugins],
  };
  return { name, url, retries: 0, read_timeout: 600_000, routes: [{ ...route, strip_path: true }] };
}

export interface Passed {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Tap {
  readonly url: string;
  /** What went through. */
  readonly passed: Passed[];
  close(): Promise<void>;
}

/** A wire to a gateway that somebody listens in on. */
export async function startTap(gatewayPort: number): Promise<Tap> {
  const passed: Passed[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const chunks: Buffer[] = [];
    const options = { host: '127.0.0.1', port: gatewayPort, path: url, method, headers };
    const onward = send(options, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      passed.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      onward.end(Buffer.concat(chunks));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
