import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import { tracer } from '../../../../lib/tracing/tracing.js';
import type { SpanContext } from '../../../../lib/tracing/tracing.js';
import type { Credentials } from './credentials.js';
import { discard } from '../http/requests/http-endpoint.js';
import type { HttpEndpoint } from '../http/requests/http-endpoint.js';
import type { HttpAnswer } from '../http/answers/take-answer.js';

/** One party's requests to a server, with the token of that party. */
export class AuthorizedEndpoint implements Pick<HttpEndpoint, 'request'> {
  readonly #endpoint: Pick<HttpEndpoint, 'request'>;
  readonly #credentials: Credentials;
  readonly #context: string;

  constructor(endpoint: Pick<HttpEndpoint, 'request'>, credentials: Credentials, context: string) {
    this.#endpoint = endpoint;
    this.#credentials = credentials;
    this.#context = context;
  }

  /**
   * As HttpEndpoint's. A 401 comes before any work: the token is renewed and the request sent again,
   * once.
   * @throws McpError `upstream_*`; as CallerRefused where only this caller is concerned
   */
  readonly request: HttpEndpoint['request'] = async (method, headers, body, signal, lane, path) => {
    const send = (token: string | undefined): Promise<HttpAnswer> => {
      const all = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
      return this.#endpoint.request(method, all, body, signal, lane, path);
    };
    const parent = parentIn(headers);
    const token = await within(signal, this.#credentials.token(this.#context, parent));
    let answer = await send(token);
    if (answer.statusCode === 401 && token !== undefined) {
      const other = await within(
        signal,
        this.#credentials.renew(this.#context, token, parent),
      ).catch((error: unknown) => {
        discard(answer);
        throw error;
      });
      if (other !== undefined) {
        discard(answer);
        answer = await send(other);
      }
    }
    const { statusCode } = answer;
    const refusal =
      statusCode === 401 || statusCode === 403
        ? this.#credentials.refused(this.#context, statusCode)
        : undefined;
    if (refusal === undefined) return answer;
    discard(answer);
    throw refusal;
  };
}

/** The span of a request, as its server is told of it. */
function parentIn(headers: Readonly<Record<string, string>>): SpanContext | undefined {
  const { traceparent, tracestate } = headers;
  return traceparent === undefined || !tracer() ? undefined : { traceparent, tracestate };
}

/** Waits for work that others may share, no longer than this request lasts. */
function within<T>(signal: CancelSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      const { reason } = signal;
      reject(reason instanceof Error ? reason : new Error('given up'));
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
