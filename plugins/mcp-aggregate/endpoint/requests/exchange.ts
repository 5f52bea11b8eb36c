import type {
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';
import { McpError } from '../../../../lib/errors/errors.js';
import type { Eventual } from '../../../../lib/flow/eventual.js';
import { noRoom } from '../../../../lib/held/held-bytes.js';
import type { HeldBytes, Hold } from '../../../../lib/held/held-bytes.js';
import { acceptsEventStream, acceptsJson } from '../../../../lib/http/media-type.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { Runtime } from '../../io/runtimes/runtime.js';
import type { Account } from './account.js';
import type { Asks } from '../questions/asks.js';
import type { Cursors } from '../sessions/cursors.js';
import { asBatch, frameBytes, responseFrame } from '../answer/frames.js';
import type { Answer } from '../answer/frames.js';
import type { InFlight } from './in-flight.js';
import type { Leases } from '../leases/leases.js';
import type { LogLevels } from '../sessions/log-levels.js';
import { writeJson } from '../answer/json-writer.js';
import type { OpenStreams } from '../listening/open-streams.js';
import type { Guests } from '../sessions/guests.js';
import type { SessionEnds } from '../sessions/session-ends.js';
import type { Sessions } from '../sessions/sessions.js';
import { SseWriter } from '../answer/sse-writer.js';
import type { Announcements } from '../streams/announcements.js';
import type { Bulletins } from '../streams/bulletins.js';
import type { Channels } from '../streams/channels.js';
import type { Subscriptions } from '../sessions/subscriptions.js';
import type { RequestTrace } from './request-trace.js';
import type { Ticket } from './ticket.js';

/** Times of an answer, in milliseconds. */
export interface Timing {
  /** Silence after which a call's answer becomes a stream, so that nobody on the way gives up. */
  readonly silenceMs: number;
  readonly heartbeatMs: number;
  /** How long a call goes on after its client has gone: leaving is not cancelling (H39). */
  readonly graceMs: number;
  /** How long a client may take to answer a server's question. */
  readonly askMs: number;
}

export const defaultTiming: Timing = {
  silenceMs: 5_000,
  heartbeatMs: 15_000,
  graceMs: 30_000,
  askMs: 600_000,
};

/** What the edges share. */
export interface EdgeParts {
  readonly sessions: Sessions;
  readonly ends: SessionEnds;
  readonly guests: Guests;
  readonly cursors: Cursors;
  readonly inFlight: InFlight;
  readonly asks: Asks;
  readonly logLevels: LogLevels;
  readonly leases: Leases;
  readonly channels: Channels;
  readonly announcements: Announcements;
  readonly openStreams: OpenStreams;
  readonly subscriptions: Subscriptions;
  readonly bulletins: Bulletins;
  readonly timing: Timing;
  readonly answers: HeldBytes;
}

/** One admitted HTTP request and its response. */
export interface Exchange {
  readonly response: ServerResponse;
  readonly ticket: Ticket;
  readonly runtime: Runtime;
  /** Forms of answer that the client takes. */
  readonly accepts: { readonly json: boolean; readonly stream: boolean };
  /** As they come from Kong. */
  readonly headers: IncomingHttpHeaders;
  readonly account: Account;
  /** Its span; absent where nothing is traced. */
  readonly trace: RequestTrace | undefined;
  /** Where the bytes of its answer are counted, until the client has taken them. */
  readonly hold: Hold;
}

/** @throws McpError `not_acceptable` */
export function readAccept(request: IncomingMessage): Exchange['accepts'] {
  const { accept } = request.headers;
  const accepts = { json: acceptsJson(accept), stream: acceptsEventStream(accept) };
  if (accepts.json || accepts.stream) return accepts;
  throw new McpError('not_acceptable', 'accept application/json and text/event-stream');
}

/** Where an answer goes: to which request, and whether as a batch of one. */
export interface ReplyTo {
  readonly id: RawJson;
  readonly batch: boolean;
}

/**
 * Answers a request at once, as JSON where the client takes it; a promise where that takes a while.
 * @throws McpError `overloaded`, before anything is sent, where its caller does not read what it asks
 *   for
 */
export function answerNow(
  exchange: Exchange,
  to: ReplyTo,
  answer: Answer,
  options: { readonly status?: number; readonly headers?: OutgoingHttpHeaders } = {},
): Eventual<void> {
  const { response, accepts, hold } = exchange;
  const frame = responseFrame(to.id, answer);
  if (!hold.tryAtLeast(frameBytes(frame), '')) throw noRoom();
  hold.onGiveWay(() => response.destroy());
  const status = options.status ?? 200;
  if (accepts.json || status !== 200) {
    return writeJson(response, status, to.batch ? asBatch(frame) : frame, options.headers);
  }
  const stream = new SseWriter(response, defaultTiming.heartbeatMs);
  stream.start(options.headers ?? {});
  return stream.end(frame);
}
