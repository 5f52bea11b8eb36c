import { LRUCache } from 'lru-cache';
import { held } from '../../held/limits.js';
import { HeaderMap } from '../../http/header-map.js';
import type { HeaderRecord } from '../../http/single-header.js';
import { identityBytes } from '../../identity/identity.js';
import type { Identity } from '../../identity/identity.js';
import type { HandedAuthorization, HandedRequest, VerifiedCaller } from '../handles.js';
import { SealedBlobs } from './sealed-blobs.js';
import { SealedTickets } from './sealed-tickets.js';
import { TakenUp } from './taken-up.js';

/** What is the same for all requests of one identity. */
export interface CallerFacts {
  readonly passthrough: boolean;
  readonly authorization: HandedAuthorization;
}

interface Said {
  readonly identity: Identity;
  readonly passthrough: boolean;
  readonly authorization: Omit<HandedAuthorization, 'granted'> & {
    readonly granted: readonly string[];
  };
  readonly giver: string;
}

interface Opened {
  readonly caller: VerifiedCaller;
  readonly giver: string;
}

/** Of what tickets say: a process of another release says that it does not know it. */
const form = 1;

type Fields = readonly [form: number, method?: string, headers?: HeaderRecord];

/**
 * From mcp-oauth to mcp-aggregate in another worker: who calls is sealed once for each identity and
 * opened once, and what changes with each request is a few bytes beside it.
 */
export class CallerTickets {
  readonly #tickets: SealedTickets;
  readonly #blobs: SealedBlobs;
  readonly #takenUp = new TakenUp();
  readonly #sealed = new WeakMap<Identity, string>();
  readonly #opened = new LRUCache<string, Opened>({
    maxSize: held.openedIdentities.bytes,
    sizeCalculation: ({ caller }, text) => identityBytes(caller.identity) + 2 * text.length,
    ttl: held.openedIdentities.ms,
    updateAgeOnGet: true,
  });

  /** @param secrets sealing keys: the first one seals, all open */
  constructor(secrets: readonly Buffer[], now?: () => number) {
    this.#tickets = new SealedTickets(secrets, now);
    this.#blobs = new SealedBlobs('caller', secrets);
  }

  /** Tickets refused so far. */
  get refused(): number {
    return this.#tickets.refused.oauth;
  }

  /** Whether tickets of this giver are redeemed, so that more than the bare identity is worth it. */
  usual(giver: string): boolean {
    return this.#takenUp.lately(giver);
  }

  /**
   * @param giver hash of the configuration under which the caller was verified
   * @param identity an object that comes again with requests of the same token, under one `giver`
   * @param facts asked for once for each identity
   */
  mint(
    giver: string,
    identity: Identity,
    facts: () => CallerFacts,
    request: HandedRequest | undefined,
  ): string {
    let blob = this.#sealed.get(identity);
    if (blob === undefined) {
      blob = this.#blobs.seal(JSON.stringify(saidOf(giver, identity, facts())));
      this.#sealed.set(identity, blob);
    }
    const fields: Fields = request ? [form, request.method, request.headers] : [form];
    return this.#tickets.mint('oauth', '', JSON.stringify(fields), blob);
  }

  /** Who calls, the first time; undefined for what is forged, used, expired or of another release. */
  redeem(text: string): VerifiedCaller | undefined {
    const redeemed = this.#tickets.redeem('oauth', '', text);
    if (redeemed.kind === 'refused') return undefined;
    const [of, method, headers] = JSON.parse(redeemed.payload) as Fields;
    const opened = of === form ? this.#open(redeemed.beside) : undefined;
    if (opened === undefined) {
      this.#tickets.refuse('oauth', 'other_release');
      return undefined;
    }
    this.#takenUp.redeemed(opened.giver);
    if (method === undefined || headers === undefined) return opened.caller;
    return { ...opened.caller, request: { method, headers: headersOf(headers) } };
  }

  #open(blob: string): Opened | undefined {
    const known = this.#opened.get(blob);
    if (known !== undefined) return known;
    const text = this.#blobs.open(blob);
    if (text === undefined) return undefined;
    const { identity, passthrough, authorization, giver } = JSON.parse(text) as Said;
    const granted = new Set(authorization.granted);
    const caller = { identity, passthrough, authorization: { ...authorization, granted } };
    this.#opened.set(blob, { caller, giver });
    return { caller, giver };
  }
}

function saidOf(giver: string, identity: Identity, facts: CallerFacts): Said {
  const { passthrough, authorization } = facts;
  const { granted, ...rest } = authorization;
  return { identity, passthrough, authorization: { ...rest, granted: [...granted] }, giver };
}

/** As mcp-oauth made them: without what other objects inherit. */
function headersOf(parsed: HeaderRecord): HeaderRecord {
  const headers = new HeaderMap<HeaderRecord[string]>();
  for (const name of Object.keys(parsed)) headers[name] = parsed[name];
  return headers;
}
