import { McpError } from '../../../../lib/errors/errors.js';
import { messagesOf, readMessage } from '../../../../lib/json/envelope.js';
import type { Subject } from '../../../../lib/policy/policy.js';
import type { AggregateConfig } from '../../config/config.js';
import { askedBy } from '../../core/admit/admit.js';
import type { Asked } from '../../core/admit/admit.js';
import type { ClientEra } from '../../core/admit/check-era.js';
import type { CallerContext } from '../../core/calls/call.js';
import { listedInstead } from '../../core/discovery/discovery.js';
import { unwrapCall } from '../../core/discovery/unwrap-call.js';
import type { PlainBody } from '../../core/discovery/unwrap-call.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { ListedInstead } from '../../core/lists/item-list.js';
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

/** Whether and how this request's caller searches for tools. */
export function discoveryOf({ config, subject }: Pick<Ticket, 'config' | 'subject'>) {
  return config.views?.discoveryOf(subject.sees);
}

/** What this request's caller is listed in place of all items of a kind. */
export function insteadOf(kind: ItemKind, ticket: Ticket): ListedInstead | undefined {
  const discovery = kind === 'tool' ? discoveryOf(ticket) : undefined;
  return discovery && listedInstead(discovery);
}

/**
 * What the admitted body says, a call by way of `call_tool` as that of the tool. A handle found in a
 * log is worth nothing: it opens for the very bytes that were admitted. Where they are read again,
 * method and name are compared as well, so that what was counted and logged is what is served.
 * @throws McpError `header_mismatch` where the body is not the one that was admitted
 */
export function readAdmitted(ticket: Ticket, bytes: Buffer): PlainBody {
  const { asked, body } = ticket;
  const redeemed = body?.redeem(bytes) ?? false;
  if (redeemed === false) throw changed();
  const isKnown = redeemed !== true;
  const read = isKnown ? redeemed : readMessage(bytes);
  const plain = unwrapCall({ bytes, read }, discoveryOf(ticket));
  if (isKnown && !plain.unwrapped) return plain;
  const again = askedBy(messagesOf(plain.read));
  if (asked.method !== again.method || asked.name !== again.name) throw changed();
  return plain;
}

/** The request is not the one that the ticket was given for. */
export function changed(): McpError {
  return new McpError('header_mismatch', 'this is not the request that was admitted');
}
