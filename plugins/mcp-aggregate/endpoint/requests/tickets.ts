import type { IncomingMessage } from 'node:http';
import { McpError } from '../../../../lib/errors/errors.js';
import { aggregatorHandleHeader } from '../../../../lib/handles/handles.js';
import type { HandleStore } from '../../../../lib/handles/handle-store.js';
import type { SealedTickets } from '../../../../lib/handles/sealed/sealed-tickets.js';
import { ticketError } from '../../../../lib/handles/sealed/ticket-fault.js';
import { isSealed } from '../../../../lib/handles/sealed/ticket-sealer.js';
import { userKey } from '../../../../lib/identity/identity.js';
import type { ReadMessage } from '../../../../lib/json/envelope.js';
import type { AggregateConfig } from '../../config/config.js';
import { AdmittedBody, AdmittedDigest, digestOf } from './admitted-body.js';
import type { AskerBlobs } from './asker-blobs.js';
import { placeOf } from './destination.js';
import type { Destination } from './destination.js';
import { changed, ticketBytes } from './ticket.js';
import type { Ticket } from './ticket.js';
import { readTicket, writeTicket } from './ticket-text.js';

/** What the access phase has admitted. */
export interface AdmittedRequest extends Omit<Ticket, 'body'> {
  readonly bytes: Buffer;
  /** What was read in `bytes`; absent where the method has no body. */
  readonly read: ReadMessage | undefined;
}

export interface TicketsParts {
  /** Tickets that stay within this process. */
  readonly store: HandleStore<Ticket>;
  /** Those to and from others. */
  readonly sealed: SealedTickets;
  readonly askers: AskerBlobs;
  /** The configuration with this hash, if this process has it. */
  readonly configOf: (hash: string) => AggregateConfig | undefined;
}

/** With what nginx lets clients send, it stays below what the aggregator takes for headers. */
const mostAskerChars = 28_672;

const refused = 'this address is served through Kong only';

/**
 * Tickets from the access phase to an aggregator: kept here where that is this process's, sealed where
 * it is another's, since what is kept costs neither sealing nor a header of its length.
 */
export class Tickets {
  readonly #parts: TicketsParts;

  constructor(parts: TicketsParts) {
    this.#parts = parts;
  }

  /** Refused so far. */
  get refused(): number {
    return this.#parts.store.refused + this.#parts.sealed.refused.aggregator;
  }

  /**
   * The text that the request brings to `to`.
   * @throws McpError `identity_too_large` where that is another process
   */
  mint(request: AdmittedRequest, to: Destination): string {
    return to.here ? this.#keep(request) : this.#seal(request, to);
  }

  /**
   * The ticket of a request. No other header of it says who calls or what was admitted.
   * @param at the address at which it came, as `placeOf` names it
   * @param sealedOnly whether what is kept in this process opens nothing there
   * @throws McpError `handle_invalid` without a ticket, or with one that is forged, used, expired or
   *   for elsewhere; `clock_skew`, `configuration_unknown` or `overloaded` for one of another process
   *   that cannot be followed; `header_mismatch` where the HTTP method is another
   */
  redeem(request: IncomingMessage, at: string, sealedOnly = false): Ticket {
    const text = request.headers[aggregatorHandleHeader];
    const ticket = typeof text === 'string' ? this.#take(text, at, sealedOnly) : undefined;
    if (ticket === undefined) throw new McpError('handle_invalid', refused);
    if (ticket.httpMethod !== request.method) throw changed();
    return ticket;
  }

  #take(text: string, at: string, sealedOnly: boolean): Ticket | undefined {
    if (isSealed(text)) return this.#open(text, at);
    if (sealedOnly) return undefined;
    return this.#parts.store.redeem('aggregator', text);
  }

  #keep(request: AdmittedRequest): string {
    const { store } = this.#parts;
    const { config, caller, httpMethod, asked, subject, hidden, client, session } = request;
    const { bytes, read } = request;
    const user = userKey(caller.identity);
    const body = read && new AdmittedBody(bytes, read, store.hasRoom(user));
    const ticket = { config, caller, httpMethod, asked, subject, hidden, body, client, session };
    return store.mint('aggregator', ticket, user, ticketBytes(ticket));
  }

  #seal(request: AdmittedRequest, to: Destination): string {
    const { config, bytes, read } = request;
    const digest = read && digestOf(bytes);
    const text = writeTicket({
      config: config.hash,
      facts: request,
      digest,
      sees: request.subject.sees,
    });
    const asker = this.#parts.askers.seal(request, config);
    if (asker.length > mostAskerChars) {
      const why = 'what the caller’s token says is too long to be handed to another process';
      throw new McpError('identity_too_large', why);
    }
    return this.#parts.sealed.mint('aggregator', placeOf(to), text, asker);
  }

  #open(text: string, at: string): Ticket {
    const { sealed, askers, configOf } = this.#parts;
    const redeemed = sealed.redeem('aggregator', at, text);
    if (redeemed.kind === 'refused') throw ticketError(redeemed.fault, refused);
    const said = readTicket(redeemed.payload);
    const asker = askers.open(redeemed.beside);
    if (said === undefined || asker === undefined) {
      throw ticketError(sealed.refuse('aggregator', 'other_release').fault, refused);
    }
    const config = configOf(said.config);
    if (config === undefined) {
      const why =
        'this process of the gateway does not have the configuration of this endpoint yet';
      throw new McpError('configuration_unknown', why);
    }
    const body = said.digest === undefined ? undefined : new AdmittedDigest(said.digest);
    const subject = said.sees ? { ...asker.subject, sees: said.sees } : asker.subject;
    return { ...said.facts, ...asker, subject, config, body };
  }
}
