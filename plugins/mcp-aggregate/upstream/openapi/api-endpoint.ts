import { internalHandleHeader } from '../../../../lib/handles/handles.js';
import { internalTickets } from '../../../../lib/handles/sealed/of-process.js';
import { kongPath } from '../../../../lib/http/kong-path.js';
import { hopHeader, hopMark } from '../../../../lib/handles/hop-mark.js';
import { encodeMirrored } from '../../../../lib/http/mirrored-value.js';
import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import type { McpError } from '../../../../lib/errors/errors.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { ApiRequest } from '../../core/openapi/request/build-request.js';
import type { ServerConfig } from '../../config/config.js';
import { unavailable } from '../failure/failures.js';
import type { HttpAnswer } from '../http/answers/take-answer.js';
import { discard } from '../http/requests/http-endpoint.js';
import type { HttpEndpoint } from '../http/requests/http-endpoint.js';

export interface ApiSending {
  readonly request: ApiRequest;
  /** The tool's own name. */
  readonly tool: string;
  /** Header fields of this call beside those of the request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: CancelSignal;
}

/**
 * Sends requests to an API: at its address, or back through its Kong route, where each has a handle
 * that this route alone admits, once, if it is for this gateway alone.
 */
export class ApiEndpoint {
  readonly #server: ServerConfig;
  readonly #endpoint: Pick<HttpEndpoint, 'request'>;
  readonly #base: string;
  readonly #search: string;

  constructor(server: ServerConfig, endpoint: Pick<HttpEndpoint, 'request'>) {
    const { pathname, search } = new URL(server.target);
    this.#server = server;
    this.#endpoint = endpoint;
    this.#base = pathname.replace(/\/+$/, '');
    this.#search = search.slice(1);
  }

  /**
   * Answers when the head of the answer is there, whatever it says.
   * @throws McpError `upstream_*`, also where the route does not know the handle; the signal's reason
   */
  async send({ request, tool, headers: more, signal }: ApiSending): Promise<HttpAnswer> {
    const path = `${this.#base}${request.path}`;
    const query = [this.#search, request.query].filter((part) => part !== '').join('&');
    const target = query === '' ? path : `${path}?${query}`;
    const headers = { ...request.headers, ...more };
    const { route } = this.#server;
    if (route === undefined) return this.#request(request, headers, signal, target);
    const through: Record<string, string> = { ...headers, [hopHeader]: hopMark.value };
    if (route.host !== undefined) through['host'] = route.host;
    if (!route.internal) {
      const answer = await this.#request(request, through, signal, target);
      return this.#orFailure(answer, true);
    }
    const asked = { method: methods.callTool, name: tool };
    const ticket = internalTickets().mint({
      path: kongPath(path),
      httpMethod: request.method,
      server: this.#server.name,
      asked,
      session: undefined,
    });
    const mirrored = { 'mcp-method': asked.method, 'mcp-name': encodeMirrored(tool) };
    let taken = false;
    let answer: HttpAnswer | undefined;
    try {
      const all = { ...through, ...mirrored, [internalHandleHeader]: ticket.text };
      answer = await this.#request(request, all, signal, target);
    } finally {
      // Nobody else shall use what was not used.
      taken = ticket.wasTaken(answer?.headers);
    }
    return this.#orFailure(answer, taken);
  }

  #request(
    { method, body }: ApiRequest,
    headers: Readonly<Record<string, string>>,
    signal: CancelSignal,
    target: string,
  ): Promise<HttpAnswer> {
    return this.#endpoint.request(method, headers, body, signal, 'call', target);
  }

  /** What our plugin on the route means is no answer of the API. */
  #orFailure(answer: HttpAnswer, taken: boolean): HttpAnswer {
    const why = this.#reason(answer, taken);
    if (why === undefined) return answer;
    discard(answer);
    const { statusCode: status } = answer;
    throw this.#failure(why, status);
  }

  #reason({ statusCode: status, headers }: HttpAnswer, taken: boolean): string | undefined {
    const outcome = status >= 400 ? headers['x-mcp-outcome'] : undefined;
    if (outcome === 'loop_detected') return 'leads back to an endpoint of this gateway (a loop)';
    if (outcome === 'handle_invalid') {
      return 'was not let in by its own route: kong_url must lead to a Kong that uses this very plugin server';
    }
    if (taken || status >= 300) return undefined;
    return 'has a route that lets others in: it needs mcp-aggregate in mode internal, or internal: false where that is meant';
  }

  #failure(why: string, status: number): McpError {
    return unavailable(this.#server.name, why, 'failing', { status });
  }
}
