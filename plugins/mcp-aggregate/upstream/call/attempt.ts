import type { Attributes, OpenSpan } from '../../../../lib/tracing/tracing.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { ServerConfig } from '../../config/config.js';
import type { CallEvent } from '../../core/calls/call.js';
import { errorTypeOf } from '../../core/tracing/error-type.js';
import type { LineRequest } from '../conversation/link.js';

/** What of a server a span says. */
export type TracedServer = Pick<ServerConfig, 'name' | 'kind' | 'target'>;

interface TracedRequest extends LineRequest {
  readonly tool?: string | undefined;
  readonly span?: OpenSpan | undefined;
}

/**
 * One try of a request to its server, in a client span. The server is told of that very span: where it
 * is told of a trace at all, the request says its parent's, in place of which this one's id is put.
 */
export class Attempt {
  readonly request: LineRequest;
  readonly #span: OpenSpan;
  #over = false;

  /**
   * @param parent the span that it is part of, which `request` names where its server is told
   * @param modern the era in which it is sent
   */
  constructor(server: TracedServer, request: TracedRequest, parent: OpenSpan, modern: boolean) {
    const { method, tool } = request;
    const name = tool === undefined ? method : `${method} ${tool}`;
    this.#span = parent.child(name, {
      kind: 'client',
      attributes: {
        'mcp.method.name': method,
        'gen_ai.tool.name': tool,
        'gen_ai.operation.name': method === methods.callTool ? 'execute_tool' : undefined,
        'kong_mcp.server': server.name,
        'kong_mcp.era': modern ? 'modern' : 'legacy',
        ...placeOf(server),
      },
    });
    this.request = said(request, parent.context.traceparent, this.#span.context.traceparent);
  }

  /** With the last event, or where there is none: it was given up, for the reason that is given. */
  end(last: CallEvent | undefined, reason = 'cancelled'): void {
    if (this.#over) return;
    this.#over = true;
    if (last === undefined) this.#span.end(reason);
    else this.#span.end(this.#span.recorded ? errorTypeOf(last) : undefined);
  }
}

const places = new WeakMap<TracedServer, Attributes>();

function placeOf(server: TracedServer): Attributes {
  const known = places.get(server);
  if (known !== undefined) return known;
  const place = server.kind === 'stdio' ? { 'network.transport': 'pipe' } : addressOf(server);
  places.set(server, place);
  return place;
}

function addressOf({ target }: TracedServer): Attributes {
  const { hostname, port, protocol } = new URL(target);
  return {
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
    'server.address': hostname.replace(/^\[(.*)\]$/, '$1'),
    'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
}

/** Ids of spans are random, and nobody else knows the parent's yet: it stands where it was put. */
function said(request: TracedRequest, parent: string, own: string): LineRequest {
  const { params, forwarded } = request;
  if (forwarded?.['traceparent'] !== parent) return request;
  const at = params?.lastIndexOf(parent) ?? -1;
  return {
    ...request,
    params: at < 0 ? params : withText(params!, at, own),
    forwarded: { ...forwarded, traceparent: own },
  };
}

function withText(params: Buffer, at: number, text: string): Buffer {
  const copy = Buffer.from(params);
  copy.write(text, at, 'latin1');
  return copy;
}
