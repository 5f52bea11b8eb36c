import { userKey } from '../../../../lib/identity/identity.js';
import type { RawJson, RequestEnvelope } from '../../../../lib/json/types.js';
import { outcomeHeaders } from '../answer/outcome-headers.js';
import { answerNow } from '../requests/exchange.js';
import type { EdgeParts, Exchange, ReplyTo } from '../requests/exchange.js';
import type { Listens } from './listen/listens.js';
import type { ParkedCalls, ParkedOwner } from './rounds/parked-calls.js';
import type { RequestStates } from './rounds/request-states.js';
import type { TaskIds } from './task-ids.js';

export interface ModernParts extends EdgeParts {
  readonly parked: ParkedCalls;
  readonly states: RequestStates;
  readonly taskIds: TaskIds;
  readonly listens: Listens;
}

/** One request of a client without sessions. */
export interface ModernPost {
  readonly parts: ModernParts;
  readonly exchange: Exchange;
  readonly bytes: Buffer;
  readonly request: RequestEnvelope;
  readonly to: ReplyTo;
  /** Whether it came as a call of `call_tool`. */
  readonly unwrapped: boolean;
}

/** Whose what is sealed or kept for a request's client is. */
export function ownerOf({ ticket }: Exchange): ParkedOwner {
  const { config, caller } = ticket;
  const user = userKey(caller.identity);
  return { endpoint: config.endpoint, principal: caller.principal, user };
}

/** Answers with a result of the gateway's own. */
export async function answerOk({ exchange, to }: ModernPost, value: RawJson): Promise<void> {
  const headers = outcomeHeaders(undefined, 'ok');
  await answerNow(exchange, to, { member: 'result', value }, { headers });
}
