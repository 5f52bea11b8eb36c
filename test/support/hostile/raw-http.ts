import { connect } from 'node:net';
import type { WireRequest } from './case.js';

export interface RawAnswer {
  readonly status: number;
  /** By lower-case name, in order; a repeated header is repeated. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/**
 * Writes one request byte by byte as told, which no HTTP library would, and reads the answer until
 * the connection ends. Status 0: closed without an answer.
 */
export function sendRaw(url: string, request: WireRequest): Promise<RawAnswer> {
  const { hostname, port, pathname } = new URL(url);
  const { method = 'POST', target = pathname, lines = [], body } = request;
  const own = lines.some((line) => /^host:/i.test(line)) ? [] : [`Host: ${hostname}:${port}`];
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const head = [`${method} ${target} HTTP/1.1`, ...own, ...lines, ...length, 'Connection: close'];
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => {
      socket.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
      if (body !== undefined) socket.write(body);
    });
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer in ten seconds')));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A server that has answered need not read on.
      if (chunks.length === 0 && error.code !== 'ECONNRESET') reject(error);
    });
    socket.on('close', () => resolve(parse(Buffer.concat(chunks).toString('latin1'))));
  });
}

function parse(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [status = '', ...lines] = text.slice(0, Math.max(end, 0)).split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const body = end < 0 ? text : text.slice(end + 4);
  return { status: Number(/^HTTP\/1\.\d (\d{3})/.exec(status)?.[1] ?? 0), headers, body };
}
