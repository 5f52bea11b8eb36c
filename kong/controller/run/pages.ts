import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { textFormat } from '../../../lib/metrics/text-format.js';
import { log } from '../../../lib/log.js';

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What a path is answered with; undefined where there is nothing. */
export type AnswerPath = (
  path: string,
) => { readonly status: number; readonly body: string } | undefined;

const bounds = { headersTimeout: 5_000, requestTimeout: 5_000, maxHeaderSize: 16_384 };
const maxConnections = 64;

/** Serves pages by GET. @throws Error where the place cannot be listened at */
export async function servePages({ host, port }: Place, answer: AnswerPath): Promise<Server> {
  const server = createServer(bounds, (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const known = request.method === 'GET' || request.method === 'HEAD';
    const found = known ? answer(path) : undefined;
    const { status, body } = found ?? { status: known ? 404 : 405, body: 'not here\n' };
    response.writeHead(status, { 'content-type': textFormat, 'cache-control': 'no-store' });
    response.end(body);
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  log('info', 'controller_listening', { host, port });
  return server;
}
