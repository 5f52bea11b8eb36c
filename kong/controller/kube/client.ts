import { request as plainRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import { KubeError } from './kube-error.js';

/** How the API server is reached; that of `@kubernetes/client-node`'s KubeConfig, as far as it is needed. */
export interface Credentials {
  getCurrentCluster(): { readonly server: string } | null;
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

const timeoutMs = 15_000;
/** Larger answers than a list of every resource that could be: something else answers. */
const maxAnswerBytes = 256 * 1024 * 1024;

/** Requests to the API server, one kept-alive connection pool. */
export class KubeClient {
  readonly #credentials: Credentials;
  readonly #base: URL;
  readonly #onRequest: (method: string) => void;

  /** @param onRequest told of each request, to be counted */
  constructor(credentials: Credentials, onRequest: (method: string) => void = () => undefined) {
    const cluster = credentials.getCurrentCluster();
    if (cluster === null) throw new KubeError(0, 'NoCluster', 'no cluster is configured');
    this.#credentials = credentials;
    this.#base = new URL(cluster.server);
    this.#onRequest = onRequest;
  }

  /** The parsed answer. @throws KubeError for an answer other than 2xx, or none in time */
  async send<T>(asked: KubeRequest): Promise<T> {
    const response = await this.open(asked, timeoutMs);
    const text = await textOf(response);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  /**
   * The answer before its body has come.
   * @param silenceMs how long the connection may be silent
   * @throws KubeError for an answer other than 2xx
   */
  async open(asked: KubeRequest, silenceMs: number): Promise<IncomingMessage> {
    const options = await this.#options(asked);
    this.#onRequest(asked.method);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const begin = this.#base.protocol === 'http:' ? plainRequest : tlsRequest;
      const sent = begin(options, resolve);
      sent.setTimeout(silenceMs, () => sent.destroy(new Error('the API server is silent')));
      sent.on('error', (error) => reject(new KubeError(0, 'Unreachable', error.message)));
      sent.end(asked.body === undefined ? undefined : JSON.stringify(asked.body));
    });
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    throw KubeError.of(statusCode, await textOf(response));
  }

  async #options({ method, path, query, contentType, body, signal }: KubeRequest) {
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
    const prefix = this.#base.pathname.replace(/\/$/, '');
    const options: RequestOptions = {
      method,
      hostname: this.#base.hostname.replace(/^\[|\]$/g, ''),
      port: this.#base.port || (this.#base.protocol === 'http:' ? 80 : 443),
      path: `${prefix}${path}${search}`,
      headers: {
        accept: 'application/json',
        'user-agent': 'kong-mcp-controller',
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      },
      ...(signal === undefined ? {} : { signal }),
    };
    await this.#credentials.applyToHTTPSOptions(options);
    if (this.#base.protocol === 'http:') delete options.agent;
    else options.agent = this.#agentOf(options.agent);
    return options;
  }

  /** KubeConfig makes an agent for each request: one that keeps connections takes its settings over. */
  #agentOf(made: RequestOptions['agent']): Agent {
    const settings = made instanceof Agent ? made.options : {};
    const { ca, cert, key, rejectUnauthorized } = settings;
    const secrets = JSON.stringify([ca, cert, key, rejectUnauthorized].map(String));
    if (this.#agent === undefined || this.#secrets !== secrets) {
      this.#agent?.destroy();
      this.#agent = new Agent({ ...settings, keepAlive: true, maxSockets: 64 });
      this.#secrets = secrets;
    }
    return this.#agent;
  }
  #agent: Agent | undefined;
  #secrets = '';

  close(): void {
    this.#agent?.destroy();
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxAnswerBytes) throw new Error('the answer is too large');
      chunks.push(chunk);
    }
  } catch (error) {
    throw new KubeError(0, 'Unreachable', (error as Error).message);
  }
  return Buffer.concat(chunks).toString('utf8');
}
