import { encodeString } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { methods } from '../../../../lib/protocol/methods.js';
import { rpcCodes } from '../../../../lib/protocol/rpc-codes.js';
import type { ServerConfig } from '../../config/config.js';
import type { Fail } from '../../core/calls/call.js';
import { itemKinds } from '../../core/items/item-kinds.js';
import { Exchange } from '../conversation/exchange.js';
import type { Line, LineRequest } from '../conversation/link.js';
import type { Health } from '../failure/health.js';
import { reasonOf } from '../failure/reason.js';
import { NotConnected } from '../http/requests/request-failure.js';
import type { ServedDocument } from './api-document.js';
import type { ApiEndpoint } from './api-endpoint.js';
import { callApi } from './call-api.js';
import type { ServerChecks } from './server-checks.js';

const empty: RawJson = Buffer.of();
const none: Readonly<Record<string, string>> = {};

/** An API in the place of an MCP server: it has tools, and answers for itself what else is asked. */
export class ApiLine implements Line {
  readonly modern = false;
  readonly separates = false;
  readonly offered: ReadonlySet<string> = new Set(['tools']);
  readonly #server: ServerConfig;
  readonly #document: ServedDocument;
  readonly #endpoint: ApiEndpoint;
  readonly #health: Health;
  readonly #checks: ServerChecks;
  readonly #requests = new Map<Exchange, LineRequest>();
  #lastId = 0;

  constructor(
    server: ServerConfig,
    document: ServedDocument,
    endpoint: ApiEndpoint,
    { health, checks }: { readonly health: Health; readonly checks: ServerChecks },
  ) {
    this.#server = server;
    this.#document = document;
    this.#endpoint = endpoint;
    this.#health = health;
    this.#checks = checks;
  }

  async setLogLevel(): Promise<void> {}

  begin(request: LineRequest): Exchange {
    const onEnd = () => void this.#requests.delete(exchange);
    const exchange: Exchange = new Exchange(
      this.#server.name,
      ++this.#lastId,
      empty,
      undefined,
      onEnd,
    );
    this.#requests.set(exchange, request);
    return exchange;
  }

  async send(exchange: Exchange): Promise<void> {
    const request = this.#requests.get(exchange);
    if (request === undefined) return;
    const { method } = request;
    if (method === itemKinds.tool.list) {
      return exchange.answer({ type: 'done', result: this.#document.list });
    }
    if (method !== methods.callTool) return exchange.answer(unknownMethod(method));
    await this.#call(exchange, request);
  }

  /** It has no roots. */
  rootsChanged(): void {}

  /** The end of the request's connection tells it. */
  cancel(): void {}

  async #call(
    exchange: Exchange,
    { params, forwarded, mirrored = '', holder }: LineRequest,
  ): Promise<void> {
    const tool = this.#document.tools.get(mirrored);
    if (tool === undefined) return exchange.answer(unknownTool(mirrored));
    const mark = this.#health.mark();
    try {
      const server = this.#server;
      const headers = forwarded ?? none;
      const endpoint = this.#endpoint;
      const checks = this.#checks;
      const done = await callApi({
        server,
        tool,
        params,
        headers,
        endpoint,
        exchange,
        checks,
        holder,
      });
      if (done.way !== 'undecided') this.#health.succeeded();
      exchange.answer(done);
    } catch (error) {
      if (error instanceof NotConnected)
        this.#health.failed(reasonOf(this.#server.name, error), mark);
      throw error;
    }
  }
}

function unknownMethod(method: string): Fail {
  return answered(rpcCodes.methodNotFound, `an API has no ${method}`);
}

function unknownTool(name: string): Fail {
  return answered(rpcCodes.invalidParams, `Unknown tool: ${name}`);
}

function answered(code: number, message: string): Fail {
  const error = Buffer.from(`{"code":${code},"message":${encodeString(message)}}`);
  return { type: 'fail', failure: { kind: 'answered', error } };
}
