import { McpError } from '../../../../lib/errors.js';
import { readMessage } from '../../../../lib/json/envelope.js';
import type { ReadMessage } from '../../../../lib/json/envelope.js';
import type { Subject } from '../../../../lib/policy/policy.js';
import type { AggregateConfig } from '../../config/config.js';
import { askedBy } from '../../core/admit/admit.js';
import type { Asked } from '../../core/admit/admit.js';
import type { ClientEra } from '../../core/admit/check-era.js';
import type { CallerContext } from '../../core/calls/call.js';
import type { BodyProof } from './admitted-body.js';

/** What the access phase found and decided, for the one request that carries its handle. */
export interface Ticket {
  readonly config: AggregateConfig;
  readonly caller: CallerContext;
  readonly httpMethod: string;
  readonly asked: Asked;
  /** Who asks, as the rules see it: lists show what calls would find. */
  readonly subject: Subject;
  /** The item that is asked for must be treated as one that does not exist. */
  readonly hidden: boolean;
  /** The admitted body; absent where the method has none. */
  readonly body: BodyProof | undefined;
  readonly client: ClientEra;
  /** `Mcp-Session-Id` as the client sent it. */
  readonly session: string | undefined;
}

/** What clients are told of the endpoint, as they see it. */
export function introductionOf({ config, subject }: Pick<Ticket, 'config' | 'subject'>) {
  const { serverName, views } = config;
  return {
    serverName,
    instructions: views?.instructionsFor(subject.sees) ?? config.instructions,
  };
}

/** What a ticket takes in memory that nothing else keeps, about. */
export function ticketBytes({ asked, body, session = '' }: Ticket): number {
  const text = asked.method.length + (asked.name?.length ?? 0) + session.length;
  return 2 * text + (body?.cost ?? 0);
}

/**
 * What the admitted body says. A handle found in a log is worth nothing: it opens for the very bytes
 * that were admitted. Where they are read again, method and name are compared as well, so that what
 * was counted and logged is what is served.
 * @throws McpError `header_mismatch` where the body is not the one that was admitted
 */
export function readAdmitted({ asked, body }: Ticket, bytes: Buffer): ReadMessage {
  const redeemed = body?.redeem(bytes) ?? false;
  if (redeemed === false) throw changed();
  if (redeemed !== true) return redeemed;
  const read = readMessage(bytes);
  const again = askedBy(read.kind === 'single' ? [read.message] : read.messages);
  if (asked.method !== again.method || asked.name !== again.name) throw changed();
  return read;
}

/** The request is not the one that the ticket was given for. */
export function changed(): McpError {
  return new McpError('header_mismatch', 'this is not the request that was admitted');
}
