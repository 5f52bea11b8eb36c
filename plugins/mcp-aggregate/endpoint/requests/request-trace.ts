import { errorTable } from '../../../../lib/errors/errors.js';
import type { ErrorCode } from '../../../../lib/errors/errors.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import { decodeString } from '../../../../lib/json/members.js';
import type { RequestEnvelope } from '../../../../lib/json/types.js';
import { methods } from '../../../../lib/protocol/methods.js';
import { readRequestId } from '../../../../lib/tracing/trace-context.js';
import type { Attributes, OpenSpan, Tracer } from '../../../../lib/tracing/tracing.js';
import { digestOf } from '../../core/admit/annotate.js';
import { isKnownMethod } from '../../core/admit/methods.js';
import type { CallEvent } from '../../core/calls/call.js';
import { errorTypeOf } from '../../core/tracing/error-type.js';
import { contextIn, spanParents } from '../../core/tracing/span-parent.js';
import type { Account } from './account.js';
import type { Ticket } from './ticket.js';

/** A longer id is cut: what a client calls its requests is its own, but no place for a text. */
const mostOfId = 64;
const wellEnded: ReadonlySet<string> = new Set(['ok', 'stream', 'input_required']);

/**
 * The server span of one request, after OpenTelemetry's conventions for MCP. It begins when the message
 * has been read, since the message says whose work it is. Its attributes hold no argument, no URI, no
 * token and no error's text.
 */
export class RequestTrace {
  readonly #tracer: Tracer;
  readonly #ticket: Ticket;
  readonly #headers: HeaderRecord;
  readonly #method: string;
  #span: OpenSpan | undefined;
  #error: string | undefined;

  constructor(tracer: Tracer, ticket: Ticket, headers: HeaderRecord) {
    this.#tracer = tracer;
    this.#ticket = ticket;
    this.#headers = headers;
    const { method } = ticket.asked;
    this.#method = isKnownMethod(method) ? method : 'other';
  }

  /** Whose children the requests to servers are; undefined before `begin`. */
  get span(): OpenSpan | undefined {
    return this.#span;
  }

  begin(bytes: Buffer, { id, params }: RequestEnvelope): void {
    const given =
      bytes[id.start] === 0x22
        ? decodeString(bytes, id)
        : bytes.toString('latin1', id.start, id.end);
    this.#begin(spanParents(this.#headers, bytes, params), given.slice(0, mostOfId));
  }

  /** Takes the last event of its call. */
  answered(last: CallEvent): void {
    if (this.#span?.recorded) this.#error = errorTypeOf(last);
  }

  /** Also where it never came to `begin`. */
  end(account: Account): void {
    if (this.#span === undefined)
      this.#begin({ parent: contextIn(this.#headers), link: undefined });
    const span = this.#span!;
    if (!span.recorded) return span.end();
    const { tool, prompt, server, outcome } = account;
    const target = tool || prompt;
    if (target !== '') span.rename(`${this.#method} ${target}`);
    span.set({
      'gen_ai.tool.name': tool || undefined,
      'gen_ai.prompt.name': prompt || undefined,
      'kong_mcp.server': server || undefined,
      'rpc.response.status_code': this.#statusOf(outcome),
    });
    const failed = wellEnded.has(outcome) ? undefined : outcome;
    span.end(this.#error ?? failed);
  }

  #begin(parents: ReturnType<typeof spanParents>, id?: string): void {
    const attributes = this.#attributes(id);
    this.#span = this.#tracer.start(this.#method, { kind: 'server', attributes, ...parents });
  }

  #attributes(id: string | undefined): Attributes {
    const { client, session, config } = this.#ticket;
    return {
      'mcp.method.name': this.#method,
      'gen_ai.operation.name': this.#method === methods.callTool ? 'execute_tool' : undefined,
      'jsonrpc.request.id': id,
      'mcp.protocol.version': client.version?.slice(0, mostOfId),
      'mcp.session.id': session === undefined ? undefined : digestOf(session),
      'network.protocol.name': 'http',
      'network.transport': 'tcp',
      'kong_mcp.endpoint': config.endpoint,
      'kong.request.id': readRequestId(this.#headers),
    };
  }

  #statusOf(outcome: string): string | undefined {
    if (this.#error !== undefined && /^-?\d+$/.test(this.#error)) return this.#error;
    if (!Object.hasOwn(errorTable, outcome)) return undefined;
    return String(errorTable[outcome as ErrorCode].rpc);
  }
}
