import { LRUCache } from 'lru-cache';
import { SealedBlobs } from '../../../../lib/handles/sealed/sealed-blobs.js';
import { held } from '../../../../lib/held/limits.js';
import { anonymousIdentity, identityBytes } from '../../../../lib/identity/identity.js';
import type { Identity } from '../../../../lib/identity/identity.js';
import { tokenDigest } from '../../../../lib/shared-state/revocations.js';
import type { Subject } from '../../../../lib/policy/policy.js';
import type { AggregateConfig } from '../../config/config.js';
import { callerContext } from '../../core/admit/caller.js';
import type { CallerContext } from '../../core/calls/call.js';

/** Who asks, as a ticket says it. */
export interface TicketAsker {
  readonly caller: CallerContext;
  readonly subject: Subject;
}

interface Said {
  readonly identity: Identity;
  /** Absent where no rule asks for scopes. */
  readonly granted?: readonly string[];
}

interface Sealed {
  readonly config: string;
  readonly text: string;
}

const nobody: TicketAsker = {
  caller: callerContext(anonymousIdentity),
  subject: { claims: {}, granted: new Set() },
};

/**
 * Who asks, for tickets to other processes: sealed once for each identity, and opened once for each
 * text, so that what is worked out of an identity is worked out once there as well.
 */
export class AskerBlobs {
  readonly #blobs: SealedBlobs;
  readonly #sealed = new WeakMap<Identity, Sealed>();
  readonly #opened: LRUCache<string, TicketAsker>;

  /** @param secrets sealing keys */
  constructor(secrets: readonly Buffer[]) {
    this.#blobs = new SealedBlobs('asker', secrets);
    this.#opened = new LRUCache({
      maxSize: held.openedIdentities.bytes,
      sizeCalculation: ({ caller }, text) => identityBytes(caller.identity) + 2 * text.length,
      ttl: held.openedIdentities.ms,
      updateAgeOnGet: true,
    });
  }

  /** base64url text; empty for a caller without identity. */
  seal({ caller, subject }: TicketAsker, config: AggregateConfig): string {
    const { identity } = caller;
    if (identity === anonymousIdentity) return '';
    const known = this.#sealed.get(identity);
    if (known?.config === config.hash) return known.text;
    const said: Said = {
      identity: identityFor(config, identity),
      ...(config.access.policy.hasRules ? { granted: [...subject.granted] } : {}),
    };
    const text = this.#blobs.seal(JSON.stringify(said));
    this.#sealed.set(identity, { config: config.hash, text });
    return text;
  }

  /** Undefined for what was not sealed by `seal`. */
  open(text: string): TicketAsker | undefined {
    if (text === '') return nobody;
    const known = this.#opened.get(text);
    if (known !== undefined) return known;
    const said = this.#blobs.open(text);
    if (said === undefined) return undefined;
    const { identity, granted = identity.scopes } = JSON.parse(said) as Said;
    const subject = { claims: identity.claims, granted: new Set(granted) };
    const asker = { caller: callerContext(identity), subject };
    this.#opened.set(text, asker);
    return asker;
  }
}

/** The token itself is for the exchange alone; its name, to end streams when it is revoked. */
function identityFor(config: AggregateConfig, { token, ...rest }: Identity): Identity {
  if (token === undefined) return rest;
  if (exchangesTokens(config)) return { ...rest, token };
  return config.redis === undefined ? rest : { ...rest, tokenDigest: tokenDigest(token) };
}

function exchangesTokens({ servers }: AggregateConfig): boolean {
  return servers.some(({ auth }) => auth?.tokenExchange !== undefined);
}
