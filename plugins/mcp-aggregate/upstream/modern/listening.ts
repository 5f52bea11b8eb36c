import { arrayItems, decodeString, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { removals, splice } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { McpError } from '../../../../lib/errors/errors.js';
import type { CallEvent, Note } from '../../core/calls/call.js';
import { AnsweredError } from '../conversation/answer.js';
import type { Exchange } from '../conversation/exchange.js';
import { readSaidError } from '../failure/said-error.js';
import { cancelled, protocolBroken, timedOut } from '../failure/failures.js';

export const listenMethod = 'subscriptions/listen';

const acknowledged = 'notifications/subscriptions/acknowledged';
const subscriptionId = 'io.modelcontextprotocol/subscriptionId';

/** What is wanted to be heard. */
export interface Filter {
  /** Members of the filter that ask for changed lists. */
  readonly lists: readonly string[];
  /** Resources, by the server's own URIs. */
  readonly uris: ReadonlySet<string>;
  /** Tasks, by the server's own ids. */
  readonly tasks?: ReadonlySet<string>;
}

export interface ListeningOptions {
  readonly server: string;
  /** How long the server may take to acknowledge it, in milliseconds. */
  readonly deadlineMs: number;
  /** Prepares the request. */
  readonly begin: (params: RawJson) => Exchange;
  /** Sends it; what comes back reaches the exchange by itself. */
  readonly send: (exchange: Exchange) => Promise<void>;
  /** Takes what belongs to the stream, but for changed lists. */
  readonly onNote: (note: Note) => void;
  /** The server has ended the stream, or it was lost. */
  readonly onLost: () => void;
}

/**
 * The stream on which a server without sessions says what belongs to no answer (basic/patterns/
 * subscriptions). Where more or less is to be heard another takes its place once it is acknowledged.
 */
export class Listening {
  readonly #options: ListeningOptions;
  #current: Exchange | undefined;

  constructor(options: ListeningOptions) {
    this.#options = options;
  }

  /** Whether there is a stream. */
  get open(): boolean {
    return this.#current !== undefined;
  }

  /** Whether this request is a stream of these. */
  owns(exchange: Exchange): boolean {
    return exchange === this.#current;
  }

  /**
   * Resolves once the server has acknowledged it.
   * @returns the acknowledged filter, as raw JSON
   * @throws McpError `upstream_*`
   * @throws AnsweredError
   */
  async set(filter: Filter): Promise<RawJson | undefined> {
    const before = this.#current;
    const { server, deadlineMs, begin, send } = this.#options;
    const exchange = begin(Buffer.from(JSON.stringify({ notifications: asWire(filter) })));
    this.#current = exchange;
    const timer = setTimeout(() => exchange.fail(timedOut(server, deadlineMs)), deadlineMs);
    try {
      const events = exchange.events();
      const first = events.next();
      void send(exchange).catch((error: unknown) => exchange.fail(error));
      const honoured = this.#acknowledgement((await first).value as CallEvent);
      void this.#read(exchange, events);
      return honoured;
    } catch (error) {
      if (this.#current === exchange) this.#current = undefined;
      exchange.end();
      throw error;
    } finally {
      clearTimeout(timer);
      before?.fail(cancelled(server));
    }
  }

  /** Hears no more. */
  close(): void {
    const current = this.#current;
    this.#current = undefined;
    current?.fail(cancelled(this.#options.server));
  }

  /** @throws McpError; AnsweredError */
  #acknowledgement(event: CallEvent): RawJson | undefined {
    const { server } = this.#options;
    if (event.type === 'note' && event.method === acknowledged) {
      const { params } = event;
      const [filter] = params ? lastNamed(params, wholeOf(params), 'notifications') : [];
      return filter && params!.subarray(filter.value.start, filter.value.end);
    }
    if (event.type !== 'fail') {
      throw protocolBroken(server, `answered ${listenMethod} without acknowledging it first`);
    }
    const { failure } = event;
    if (failure.kind === 'answered') {
      throw new AnsweredError(server, listenMethod, readSaidError(failure.error));
    }
    throw new McpError(failure.code, failure.message, failure.data);
  }

  async #read(exchange: Exchange, events: AsyncIterable<CallEvent>): Promise<void> {
    for await (const event of events) {
      if (this.#current !== exchange) break;
      if (event.type === 'note') this.#options.onNote(withoutSubscription(event));
    }
    exchange.end();
    if (this.#current !== exchange) return;
    this.#current = undefined;
    this.#options.onLost();
  }
}

function asWire({ lists, uris, tasks }: Filter): Record<string, unknown> {
  const wanted = Object.fromEntries(lists.map((name) => [name, true]));
  const own = tasks === undefined ? wanted : { ...wanted, taskIds: [...tasks] };
  return uris.size === 0 ? own : { ...own, resourceSubscriptions: [...uris] };
}

/** Texts of a list in an acknowledged filter. */
export function textsIn(filter: RawJson | undefined, name: string): ReadonlySet<string> {
  if (filter?.[0] !== 0x7b) return new Set();
  const [list] = lastNamed(filter, wholeOf(filter), name);
  if (list?.kind !== 'array') return new Set();
  const texts = arrayItems(filter, list.value).filter(({ start }) => filter[start] === 0x22);
  return new Set(texts.map((span) => decodeString(filter, span)));
}

/** The number of our own request is nobody else's business. */
function withoutSubscription(note: Note): Note {
  const { params } = note;
  if (params?.[0] !== 0x7b) return note;
  const meta = findMember(lastNamed(params, wholeOf(params), '_meta'), '_meta');
  if (meta?.kind !== 'object') return note;
  const own = lastNamed(params, meta.value, subscriptionId);
  return own.length === 0 ? note : { ...note, params: splice(params, removals(params, own)) };
}

function wholeOf(raw: RawJson) {
  return { start: 0, end: raw.length };
}
