import type { RequestEnvelope } from '../../../../lib/json/types.js';
import type { EdgeParts, Exchange, ReplyTo } from '../requests/exchange.js';
import type { ParkedCalls } from './parked-calls.js';

export interface ModernParts extends EdgeParts {
  readonly parked: ParkedCalls;
}

/** One request of a client without sessions. */
export interface ModernPost {
  readonly parts: ModernParts;
  readonly exchange: Exchange;
  readonly bytes: Buffer;
  readonly request: RequestEnvelope;
  readonly to: ReplyTo;
}
