import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyReader } from './body.js';
import type { Route } from './declarative.js';
import { Headers } from './headers.js';
import { normalizePath } from './router.js';
import type { RouteMatch } from './router.js';

/** Name and version in `Server` and `Via`: nobody shall take the stand-in for a Kong. */
export const serverName = 'kong-standin/0.1.0';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** One request on its way through the plugins to the upstream and back. */
export class Exchange {
  readonly id = randomBytes(16).toString('hex');
  readonly startedAt = Date.now();
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Request headers as plugins have left them. */
  readonly headers: Headers;
  readonly path: string;
  readonly query: string;
  readonly body: BodyReader;
  /** Headers that the gateway or a plugin adds to the answer. */
  readonly answerHeaders = new Headers();
  /** Values of `kong.ctx.shared`. */
  readonly shared = new Map<string, unknown>();
  /** Values that the log entry carries besides its own. */
  readonly logged: (readonly [key: string, value: unknown])[] = [];
  readonly upstream = {
    scheme: 'http',
    host: '',
    port: 0,
    method: '',
    path: '',
    query: '',
    fixedHost: '',
  };
  credential: { readonly id: string } | undefined;
  match: RouteMatch | undefined;
  /** Set once the gateway answers by itself; no further plugin runs. */
  answer: Answer | undefined;
  upstreamStatus: number | undefined;
  proxiedAt: number | undefined;
  answeredAt: number | undefined;
  answered: Headers = this.answerHeaders;

  constructor(request: IncomingMessage, response: ServerResponse, body: BodyReader) {
    this.request = request;
    this.response = response;
    this.body = body;
    this.headers = new Headers(request.rawHeaders);
    const [path = '/', ...query] = (request.url ?? '/').split('?');
    this.path = normalizePath(path);
    this.query = query.join('?');
    Object.assign(this.upstream, { method: this.method, query: this.query });
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  /** The name in `Host`, without port. */
  get host(): string {
    return (this.headers.get('host') ?? '').replace(/:\d+$/, '').toLowerCase();
  }

  get port(): number {
    return this.request.socket.localPort ?? 0;
  }

  get clientIp(): string {
    return this.request.socket.remoteAddress ?? '';
  }

  get route(): Route {
    if (this.match === undefined) throw new Error('no route yet');
    return this.match.route;
  }

  /** Ends the request with an answer of the gateway's own. */
  exit(status: number, body: Buffer | string = ''): void {
    this.answer ??= { status, body: Buffer.from(body) };
  }

  /** Ends the request with an error worded and laid out as Kong does. */
  error(status: number, message: string): void {
    if (this.answer !== undefined) return;
    this.answerHeaders.set('Content-Type', 'application/json; charset=utf-8');
    const text = JSON.stringify(message);
    this.exit(status, `{\n  "message":${text},\n  "request_id":"${this.id}"\n}`);
  }
}
