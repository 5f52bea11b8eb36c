import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './body.js';
import { Headers } from './headers.js';
import type { Consumer, Plugin, Route } from './model.js';
import { normalizePath } from './router.js';
import type { RouteMatch } from './router.js';
import type { Settings } from './settings.js';

/** Name in `Server` and `Via`: nobody shall take the stand-in for a Kong. */
export const serverName = 'kong-standin/0.1.0';

/** One request on its way through the plugins to the upstream and back. */
export class Exchange {
  readonly id = randomBytes(16).toString('hex');
  readonly startedAt = Date.now();
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly settings: Settings;
  /** Request headers as plugins have left them. */
  readonly headers: Headers;
  readonly method: string;
  /** Normalised, without query. */
  readonly path: string;
  readonly query: string;
  /** The name in `Host`, without port. */
  readonly host: string;
  readonly clientIp: string;
  /** Headers that the gateway or a plugin adds to the answer. */
  readonly answerHeaders = new Headers();
  /** Values of `kong.ctx.shared`. */
  readonly shared = new Map<string, unknown>();
  /** Whether it answers to names that only our plugins use. */
  answersNames = false;
  /** Values that the log entry carries besides its own. */
  readonly logged: Record<string, unknown> = {};
  readonly upstream = {
    scheme: 'http',
    host: '',
    port: 0,
    method: '',
    path: '',
    query: '',
    name: '',
  };
  credential: { readonly id: string } | undefined;
  consumer: { readonly id: string } | undefined;
  consumers: readonly Consumer[] = [];
  match: RouteMatch | undefined;
  plugins: readonly Plugin[] = [];
  /** Set once the gateway answers by itself; no further plugin runs. */
  answer: { readonly status: number; readonly body: Buffer } | undefined;
  proxiedAt: number | undefined;
  /** Longest silence of the upstream in milliseconds, in place of the Service's. */
  silenceMs: number | undefined;
  /** Whether the upstream is not told through whom the request came. */
  unforwarded = false;
  /** Whether the certificate of an https upstream is not looked at. */
  unverified = false;
  /** Looks at the upstream's answer, or at there being none; what it answers is sent in its place. */
  onAnswer: ((status: number, headers: Headers | undefined) => string | undefined) | undefined;
  /** All headers of the answer. */
  answered = this.answerHeaders;
  #body: Promise<Buffer | string> | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, settings: Settings) {
    this.request = request;
    this.response = response;
    this.settings = settings;
    this.headers = new Headers(request.rawHeaders);
    this.method = request.method ?? 'GET';
    const [path = '/', ...query] = (request.url ?? '/').split('?');
    this.path = normalizePath(path);
    this.query = query.join('?');
    this.host = (this.headers.get('host') ?? '').replace(/:\d+$/, '').toLowerCase();
    this.clientIp = request.socket.remoteAddress ?? '';
  }

  get port(): number {
    return this.request.socket.localPort ?? 0;
  }

  get route(): Route {
    if (this.match === undefined) throw new Error('no route yet');
    return this.match.route;
  }

  /** The body, read when somebody first asks. @throws BodyTooLargeError */
  body(): Promise<Buffer | string> {
    return (this.#body ??= readBody(this.request, this.settings));
  }

  async discardBody(): Promise<void> {
    const body = await this.#body?.catch(() => undefined);
    if (typeof body === 'string') await unlink(body).catch(() => undefined);
  }

  /** Puts another body in the place of what the client sent. */
  replaceBody(body: Buffer): void {
    this.#body = Promise.resolve(body);
  }

  /** Ends the request with an answer of the gateway's own. */
  exit(status: number, body: Buffer | string = ''): void {
    this.answer ??= { status, body: Buffer.from(body) };
  }

  /** The same with JSON. */
  json(status: number, text: string): void {
    this.answerHeaders.set('Content-Type', 'application/json');
    this.exit(status, text);
  }

  /** Ends the request with an error worded and laid out as Kong does. */
  error(status: number, message: string): void {
    if (this.answer !== undefined) return;
    this.answerHeaders.set('Content-Type', 'application/json; charset=utf-8');
    const text = JSON.stringify(message);
    this.exit(status, `{\n  "message":${text},\n  "request_id":"${this.id}"\n}`);
  }
}
