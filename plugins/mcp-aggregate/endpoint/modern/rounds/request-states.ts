import { McpError } from '../../../../../lib/errors/errors.js';
import type { Sealer } from '../../../../../lib/handles/seal.js';
import type { RawJson } from '../../../../../lib/json/types.js';
import { readOwner, writeOwner } from '../../../core/owners/owner.js';
import type { Owner } from '../../../core/owners/owner.js';
import type { SessionOwner } from '../../sessions/sessions.js';

/** Questions of a server that keeps nothing of the call meanwhile. */
export interface AskedRound {
  readonly kind: 'round';
  readonly server: string;
  /** What the call is about: the client must come back with the same. */
  readonly about: string;
  /** Key and method of each question. */
  readonly asked: readonly (readonly [key: string, method: string])[];
  /** The server's own `requestState` as it stands. */
  readonly state: RawJson | undefined;
}

/** A call that is kept here, by its name. */
export interface KeptCall {
  readonly kind: 'parked';
  readonly id: string;
}

const parkedMark = 0x70;
/** Of a call whose name is followed by its owner. */
const ownedMark = 0x6f;
const roundMark = 0x72;
const separator = 0;
/** A state that names a call is shorter. */
const mostKeptChars = 1_024;
const lineFeed = Buffer.from('\n');
/** Largest `requestState` of a server that clients carry for us, and what is said beside it. */
const mostBytes = 65_536 + 8_192;
/** What sealing adds, and base64. */
const mostChars = Math.ceil(((mostBytes + 128) * 4) / 3);

/**
 * `requestState` as clients get it: sealed, so that it opens only here, for whom it was given to and
 * as long as it was meant to (2026-07-28, basic/patterns/mrtr).
 */
export class RequestStates {
  readonly #sealer: Sealer;
  readonly #now: () => number;
  readonly #self: Owner | undefined;

  /** @param self the process that keeps calls */
  constructor(sealer: Sealer, now: () => number, self?: Owner) {
    this.#self = self;
    this.#sealer = sealer;
    this.#now = now;
  }

  /**
   * @param ms how long it opens
   * @throws McpError `upstream_too_large`
   */
  seal(owner: SessionOwner, state: AskedRound | KeptCall, ms: number): string {
    const payload = state.kind === 'parked' ? writeKept(state, this.#self) : writeRound(state);
    return this.#sealer.seal(context(owner), payload, this.#now() + ms);
  }

  /** @throws McpError `invalid_params` for what is forged, foreign or expired */
  open(owner: SessionOwner, text: string): AskedRound | KeptCall {
    const payload = this.#sealer.open(context(owner), text, mostChars)?.payload;
    if (payload === undefined) throw staleState();
    if (payload[0] === roundMark) return readRound(payload.subarray(1));
    return { kind: 'parked', id: readKept(payload).id };
  }

  /** The process that keeps the call of a state; undefined where none is named. */
  ownerOf(caller: SessionOwner, text: string): Owner | undefined {
    const payload = this.#sealer.open(context(caller), text, mostKeptChars)?.payload;
    return payload?.[0] === ownedMark ? readKept(payload).owner : undefined;
  }
}

/** Says no more than that a state cannot be used, whatever is wrong with it. */
export function staleState(): McpError {
  return new McpError('invalid_params', 'this requestState is not valid here; call again');
}

function writeKept({ id }: KeptCall, owner: Owner | undefined): Buffer {
  if (owner === undefined) return Buffer.concat([Buffer.of(parkedMark), Buffer.from(id)]);
  const name = [Buffer.of(ownedMark), Buffer.from(id), Buffer.of(separator)];
  return Buffer.concat([...name, writeOwner(owner)]);
}

function readKept(payload: Buffer): { readonly id: string; readonly owner?: Owner | undefined } {
  if (payload[0] === parkedMark) return { id: payload.toString('utf8', 1) };
  const end = payload.indexOf(separator);
  return { id: payload.toString('utf8', 1, end), owner: readOwner(payload.subarray(end + 1)) };
}

function writeRound({ server, about, asked, state }: AskedRound): Buffer {
  const said = Buffer.from(JSON.stringify([server, about, asked]));
  const parts = [Buffer.of(roundMark), said, lineFeed, ...(state === undefined ? [] : [state])];
  const payload = Buffer.concat(parts);
  if (payload.length <= mostBytes) return payload;
  throw new McpError(
    'upstream_too_large',
    `what server ${server} wants to be given back with the answer is too large`,
    { server },
  );
}

function readRound(payload: Buffer): AskedRound {
  const end = payload.indexOf(lineFeed);
  const [server, about, asked] = JSON.parse(payload.toString('utf8', 0, end)) as [
    string,
    string,
    AskedRound['asked'],
  ];
  const state = payload.subarray(end + 1);
  return { kind: 'round', server, about, asked, state: state.length > 0 ? state : undefined };
}

function context({ endpoint, principal }: SessionOwner) {
  return { type: 'state', endpoint, principal } as const;
}
