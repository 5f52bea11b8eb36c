import type { McpError } from '../../../../lib/errors/errors.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { ServerConfig } from '../../config/config.js';
import type { CallScope } from '../call/call-scope.js';
import { answerOf } from '../conversation/answer.js';
import type { Exchange } from '../conversation/exchange.js';
import { initialize } from '../conversation/initialize.js';
import type { Introduction } from '../conversation/initialize.js';
import type { Peer } from '../conversation/peer.js';
import type { Era } from '../eras/era-memory.js';
import { refusesEra } from '../eras/refuses-era.js';
import { discoverMethod, readDiscover } from '../modern/discover.js';
import { modernParams } from '../modern/modern-params.js';

/** A child that is silent for so long may not know the question; it may also still be starting. */
const silentMs = 1_000;

export interface Introduced extends Introduction {
  readonly era: Era;
  /** Whether it does not speak the era that was tried first. */
  readonly refused: boolean;
}

export interface IntroduceOptions {
  readonly server: ServerConfig;
  readonly peer: Peer;
  readonly send: (exchange: Exchange) => Promise<void>;
  /** For `initialize`. */
  readonly capabilities: RawJson | undefined;
  /** The eras to try, in this order. */
  readonly order: readonly Era[];
}

/**
 * The opening of a conversation over a pipe, whose first message that is answered well decides the
 * era (basic/versioning). A child that is silent is asked in the other way too, and not given up: the
 * first good answer counts.
 * @throws McpError `upstream_*`: what the last era tried ended with, of sessions where both were
 */
export async function introduce(options: IntroduceOptions, scope: CallScope): Promise<Introduced> {
  const [first, second] = options.order;
  const opening = open(first!, options, scope);
  if (second === undefined) return { ...(await opening), refused: false };
  const outcome = await within(opening, silentMs);
  if (outcome !== undefined && 'value' in outcome) return { ...outcome.value, refused: false };
  if (outcome !== undefined && !refusesEra(outcome.error)) throw outcome.error;
  const other = open(second, options, scope);
  if (outcome !== undefined) return { ...(await other), refused: true };
  try {
    const introduced = await Promise.any([opening, other]);
    return { ...introduced, refused: introduced.era !== first };
  } catch (error) {
    throw (error as AggregateError).errors[first === 'legacy' ? 0 : 1];
  }
}

async function open(
  era: Era,
  { server, peer, send, capabilities }: IntroduceOptions,
  scope: CallScope,
): Promise<Introduction & { readonly era: Era }> {
  if (era === 'legacy') {
    return { era, ...(await initialize(server, peer, scope, send, capabilities)) };
  }
  const params = modernParams({ method: discoverMethod, params: undefined });
  const exchange = peer.begin(discoverMethod, params);
  const remove = scope.onEnd((reason) => exchange.fail(reason));
  try {
    await send(exchange);
    const result = await answerOf(server.name, discoverMethod, exchange.events());
    return { era, ...readDiscover(server.name, result, server.pins !== undefined) };
  } finally {
    remove();
    exchange.end();
  }
}

type Outcome<T> = { readonly value: T } | { readonly error: McpError };

/** How it ended; undefined while it has not. */
function within<T>(work: Promise<T>, ms: number): Promise<Outcome<T> | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    work
      .then(
        (value) => resolve({ value }),
        (error: McpError) => resolve({ error }),
      )
      .finally(() => clearTimeout(timer));
  });
}
