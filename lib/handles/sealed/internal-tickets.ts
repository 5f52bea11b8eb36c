import { siblings } from '../../workers/siblings.js';
import type { HandleStore } from '../handle-store.js';
import type { InternalRequest } from '../handles.js';
import { RandomPool } from '../random-pool.js';
import { SealedTickets } from './sealed-tickets.js';
import { isSealed } from './ticket-sealer.js';

/** Response header by which a route says that it has asked for the ticket. */
export const receiptHeader = 'x-mcp-internal-receipt';

type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a request brings to the route of a `route` server. */
export interface InternalTicket {
  readonly text: string;
  /**
   * Whether the route has asked for it, as far as its answer tells; to be asked once. From then on
   * nobody else can use it in this process.
   * @param headers those of the answer; undefined where none has come
   */
  readonly wasTaken: (headers: AnswerHeaders | undefined) => boolean;
}

/** Of what tickets say: a process of another release says that it does not know it. */
const form = 1;
const receiptBytes = 12;

type Fields = readonly [
  form: number,
  server: string,
  method: string,
  name: string | null,
  session: string | null,
  receipt: string,
];

/**
 * From the aggregator to the routes of `route` servers. Kong may lead such a request to another worker
 * or, where nodes share a sealing key, to another node: then it travels sealed, and what redeems it
 * answers with a receipt that nobody could make up who has not opened it.
 */
export class InternalTickets {
  readonly #store: HandleStore<InternalRequest>;
  readonly #sealed: SealedTickets;
  readonly #isShared: boolean;
  readonly #random = new RandomPool();

  /**
   * @param store for those that stay in this process
   * @param secrets sealing keys: the first one seals, all open
   * @param isShared whether other nodes have these keys
   */
  constructor(
    store: HandleStore<InternalRequest>,
    secrets: readonly Buffer[],
    isShared: boolean,
    now?: () => number,
  ) {
    this.#store = store;
    this.#sealed = new SealedTickets(secrets, now);
    this.#isShared = isShared;
  }

  mint(request: InternalRequest): InternalTicket {
    if (this.#isShared || siblings().count > 1) return this.#seal(request);
    const text = this.#store.mint('internal', request);
    return { text, wasTaken: () => this.#store.redeem('internal', text) === undefined };
  }

  /** What the ticket is for, the first time. It says the path and HTTP method, which must be these. */
  redeem(
    text: string,
    at: Pick<InternalRequest, 'path' | 'httpMethod'>,
  ): InternalRequest | undefined {
    if (!isSealed(text)) return this.#store.redeem('internal', text);
    const redeemed = this.#sealed.redeem('internal', bindingOf(at), text);
    if (redeemed.kind === 'refused') return undefined;
    const [of, server, method, name, session, receipt] = JSON.parse(redeemed.payload) as Fields;
    if (of !== form) {
      this.#sealed.refuse('internal', 'other_release');
      return undefined;
    }
    const { path, httpMethod } = at;
    const asked = { method, name: name ?? undefined };
    return { path, httpMethod, server, asked, session: session ?? undefined, receipt };
  }

  #seal(request: InternalRequest): InternalTicket {
    const { server, asked, session } = request;
    const receipt = this.#random.take(receiptBytes).toString('base64url');
    const said = [
      form,
      server,
      asked.method,
      asked.name ?? null,
      session ?? null,
      receipt,
    ] as const;
    const fields: Fields = said;
    return {
      text: this.#sealed.mint('internal', bindingOf(request), JSON.stringify(fields)),
      wasTaken: (headers) => valuesOf(headers?.[receiptHeader]).includes(receipt),
    };
  }
}

function bindingOf({ httpMethod, path }: Pick<InternalRequest, 'path' | 'httpMethod'>): string {
  return `${httpMethod} ${path}`;
}

/** A server behind the route may have such a header as well. */
function valuesOf(header: AnswerHeaders[string]): readonly string[] {
  return [header ?? []].flat().flatMap((value) => value.split(/, ?/));
}
