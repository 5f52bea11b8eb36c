import type { McpError } from '../../../../../lib/errors/errors.js';
import { internalHandleHeader } from '../../../../../lib/handles/handles.js';
import { internalTickets } from '../../../../../lib/handles/sealed/of-process.js';
import { hopHeader, hopMark } from '../../../../../lib/handles/hop-mark.js';
import { encodeMirrored } from '../../../../../lib/http/mirrored-value.js';
import { messagesOf, readMessage } from '../../../../../lib/json/envelope.js';
import { mostIndexed } from '../../../../../lib/json/protocol-keys.js';
import { askedBy } from '../../../core/admit/admit.js';
import type { Asked } from '../../../core/admit/admit.js';
import type { ServerConfig } from '../../../config/config.js';
import { unavailable } from '../../failure/failures.js';
import { discard } from './http-endpoint.js';
import type { HttpEndpoint } from './http-endpoint.js';
import type { HttpAnswer } from '../answers/take-answer.js';

/** Request header that is the same for one session from its first request on: to balance by. */
const affinityHeader = 'x-mcp-affinity';

const nothingAsked: Asked = { method: '', name: undefined };

/** One conversation's requests to a `route` server; each has a handle that its own route admits. */
export class RouteEndpoint implements Pick<HttpEndpoint, 'request'> {
  readonly #server: string;
  readonly #path: string;
  readonly #endpoint: Pick<HttpEndpoint, 'request'>;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param affinity names the conversation, and is no secret */
  constructor(
    { name, route }: Pick<ServerConfig, 'name' | 'route'>,
    endpoint: Pick<HttpEndpoint, 'request'>,
    affinity: string,
  ) {
    this.#server = name;
    this.#path = route?.path ?? '';
    this.#endpoint = endpoint;
    const host = route?.host;
    this.#headers = { [affinityHeader]: affinity, ...(host === undefined ? {} : { host }) };
  }

  /**
   * As HttpEndpoint's.
   * @throws McpError `upstream_*`, also where the route has not asked for the handle: it would serve
   *   anybody
   */
  readonly request: HttpEndpoint['request'] = async (method, headers, body, signal, lane, path) => {
    const asked = body === undefined ? nothingAsked : askedOf(body);
    const ticket = internalTickets().mint({
      path: path === undefined ? this.#path : path.replace(/\?.*$/s, ''),
      httpMethod: method,
      server: this.#server,
      asked,
      session: headers['mcp-session-id'],
    });
    const all = {
      ...headers,
      ...this.#headers,
      ...mirrored(asked),
      [internalHandleHeader]: ticket.text,
      [hopHeader]: hopMark.value,
    };
    let taken = false;
    let answer: HttpAnswer | undefined;
    try {
      answer = await this.#endpoint.request(method, all, body, signal, lane, path);
    } finally {
      // Nobody else shall use what was not used.
      taken = ticket.wasTaken(answer?.headers);
    }
    const failure = this.#failure(answer, taken);
    if (failure === undefined) return answer;
    discard(answer);
    throw failure;
  };

  /** What Kong or our plugin on the route means; undefined for an answer of the server. */
  #failure({ statusCode: status, headers }: HttpAnswer, taken: boolean): McpError | undefined {
    const outcome = status >= 400 ? headers['x-mcp-outcome'] : undefined;
    if (outcome === 'loop_detected') {
      const why = 'leads back to an endpoint of this gateway, or to its own route (a loop)';
      return unavailable(this.#server, why, 'failing', { status, outcome });
    }
    if (outcome === 'handle_invalid') {
      const why =
        'was not let in by its own route: kong_url must lead to a Kong that uses this plugin server, or one with the same KONG_MCP_SEALING_KEY';
      return unavailable(this.#server, why, 'failing', { status, outcome });
    }
    if (taken || status >= 300) return undefined;
    const why =
      'has a route that lets anybody in: it needs mcp-aggregate in mode internal, on this plugin server or one with the same KONG_MCP_SEALING_KEY';
    return unavailable(this.#server, why, 'failing', { status });
  }
}

function askedOf(body: Buffer): Asked {
  // The gateway has added members of its own to what it let in.
  const read = readMessage(body, { maxMembers: 2 * mostIndexed });
  return askedBy(messagesOf(read));
}

function mirrored({ method, name }: Asked): Record<string, string> {
  return {
    ...(method === '' ? {} : { 'mcp-method': encodeMirrored(method) }),
    ...(name === undefined ? {} : { 'mcp-name': encodeMirrored(name) }),
  };
}
