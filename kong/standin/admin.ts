import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { serverName } from './exchange.js';
import type { Gateway } from './gateway.js';
import { DeclarativeError } from './model.js';

const kinds = /^\/(services|routes|plugins|consumers|upstreams|certificates)(?:\?|$)/;
/** nginx_admin_client_max_body_size. */
const mostBytes = 10 * 1024 * 1024;

/** What the Admin API shows, and replaces. */
export interface Administered {
  readonly gateway: () => Gateway;
  /** @throws Error where the configuration is not in order; what was served then stays */
  readonly replace: (declarative: string) => void;
}

type Answer = readonly [status: number, body?: object];

/** Kong's Admin API without a database, as far as it is needed to see and to replace a configuration. */
export function adminServer(administered: Administered): Server {
  let posted: { readonly gateway?: Gateway; readonly hash?: string } = {};
  const post = async (request: IncomingMessage): Promise<Answer> => {
    const text = configIn(await bodyOf(request));
    if (text === undefined) return [400, { message: 'expected a declarative configuration' }];
    const hash = createHash('md5').update(text).digest('hex');
    const same = posted.hash === hash && posted.gateway === administered.gateway();
    if (same && request.url?.includes('check_hash=1')) return [304];
    try {
      administered.replace(text);
    } catch (error) {
      const { message } = error as Error;
      const fields = error instanceof DeclarativeError ? error.errors : { error: message };
      return [400, { code: 14, name: 'invalid declarative configuration', message, fields }];
    }
    posted = { gateway: administered.gateway(), hash };
    return [201, {}];
  };
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { method, url = '' } = request;
    if (method === 'POST' && url.split('?')[0] === '/config') return post(request);
    const kind = kinds.exec(url)?.[1];
    if (method === 'GET' && kind)
      return [200, { data: administered.gateway().listed(kind), next: null }];
    const root = { version: serverName.split('/')[1], configuration: { database: 'off' } };
    return method === 'GET' && url === '/' ? [200, root] : [404, { message: 'Not found' }];
  };
  return createServer((request, response) => {
    answer(request)
      .then(([status, body]) => send(response, status, body))
      .catch((error: unknown) => send(response, 400, { message: (error as Error).message }));
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw new Error('the configuration is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The configuration in a body of JSON, as text of its `config` or as the body itself. */
function configIn(body: string): string | undefined {
  const { config, ...rest } = JSON.parse(body) as { config?: unknown; _format_version?: unknown };
  if (rest._format_version !== undefined) return body;
  return typeof config === 'string' ? config : undefined;
}

function send(response: ServerResponse, status: number, body: object | undefined): void {
  response.writeHead(status, { 'Content-Type': 'application/json', Server: serverName });
  response.end(body && JSON.stringify(body));
}
