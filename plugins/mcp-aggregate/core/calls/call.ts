import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import type { ErrorCode } from '../../../../lib/errors/errors.js';
import type { Hold } from '../../../../lib/held/held-bytes.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { Identity } from '../../../../lib/identity/identity.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { ResultPlaces } from '../eras/result-places.js';
import type { TraceContext } from '../../../../lib/tracing/trace-context.js';
import type { OpenSpan } from '../../../../lib/tracing/tracing.js';

/**
 * The core's one shape for a request of either protocol era (design D7). It knows no session, no
 * stream, no HTTP status and no JSON-RPC code: the edges map them.
 */
export interface Call {
  readonly method: string;
  /** `params` as it arrived, or as the router spliced it. */
  readonly params: RawJson | undefined;
  readonly caller: CallerContext;
  /** The server's own name of the tool called, as its list has it; absent for any other call. */
  readonly tool?: string | undefined;
  /** What `Mcp-Name` says of it at a server without sessions: its own name, URI or task id. */
  readonly mirrored?: string | undefined;
  /** `Mcp-Param-*` for such a server (requirement H13). */
  readonly paramHeaders?: Readonly<Record<string, string>> | undefined;
  /** Whether its client takes a task in place of the result (ext-tasks). */
  readonly tasks?: boolean | undefined;
  /** Whether its client is of the era without sessions: that can be told of `input`. */
  readonly modern?: boolean | undefined;
  /** What the client answered to the questions of an earlier round of this call. */
  readonly input?: InputGiven | undefined;
  /** What this client can be asked during this call, as raw `ClientCapabilities`. */
  readonly capabilities: RawJson | undefined;
  /**
   * Names the conversation that this call is part of, across calls and endpoints; absent where each
   * call stands alone. What a server keeps for one client only is kept under it.
   */
  readonly conversation?: string | undefined;
  /** Least severe `notifications/message` the client wants; absent means none. */
  readonly logLevel: string | undefined;
  /** The header fields of the client's request; a server gets those that are meant for it. */
  readonly headers?: HeaderRecord | undefined;
  /** The trace it belongs to, for a server that is told; `params` holds it already. */
  readonly trace?: TraceContext | undefined;
  /** The span of the request that it serves; absent where nothing is traced. */
  readonly span?: OpenSpan | undefined;
  /** Where the bytes of its answer are counted; absent for what the gateway asks for itself. */
  readonly hold?: Hold | undefined;
  /** Told of the era in which the server is spoken to, before anything comes of it. */
  readonly onEra?: ((modern: boolean) => void) | undefined;
  /** Aborted when the call is cancelled, by whichever sign its era has for that. */
  readonly signal: CancelSignal;
}

export interface CallerContext {
  readonly identity: Identity;
  /** `principalKey` of the identity. */
  readonly principal: string;
  /** `authorizationContextKey` of the identity. */
  readonly authorizationContext: string;
}

/** What a call yields; `done`, `fail` or `input` comes exactly once, and last. */
export type CallEvent = Note | Ask | Input | Done | Fail;

/** A notification that belongs to this call. */
export interface Note {
  readonly type: 'note';
  readonly method: string;
  readonly params: RawJson | undefined;
}

/**
 * A question to the client, which suspends the call until `answer` is called. A legacy edge shows
 * it as a request of its own, a modern one as `input_required`.
 */
export interface Ask {
  readonly type: 'ask';
  /** Names this question within its call. */
  readonly key: string;
  readonly method: string;
  readonly params: RawJson | undefined;
  readonly answer: (answer: AskAnswer) => void;
  /** Takes the params of a `notifications/progress` on this question, under its own token. */
  readonly progress?: (params: RawJson) => void;
  /** Aborted when the server no longer wants to know. */
  readonly withdrawn: AbortSignal;
  /**
   * Set where another call of the conversation, or none, may be what it is about: an answer is then
   * wanted even after this call has come to its result.
   */
  readonly outlivesCall?: boolean;
}

/**
 * Questions of a server that keeps nothing of the call meanwhile: it goes on as a new call with the
 * answers (2026-07-28, basic/patterns/mrtr).
 */
export interface Input {
  readonly type: 'input';
  readonly requests: readonly InputRequest[];
  /** The server's `requestState` as it stands, which goes back to it unread. */
  readonly state: RawJson | undefined;
}

export interface InputRequest {
  /** Names this question within its round. */
  readonly key: string;
  readonly method: string;
  readonly params: RawJson | undefined;
}

export interface InputGiven {
  /** Results by the keys of the questions, with their URIs as the server knows them. */
  readonly answers: ReadonlyMap<string, RawJson>;
  /** As in `Input`. */
  readonly state: RawJson | undefined;
}

/** The client's `result`, or its JSON-RPC `error` object, byte-true. */
export type AskAnswer = { readonly result: RawJson } | { readonly error: RawJson };

export interface Done {
  readonly type: 'done';
  readonly result: RawJson;
  /** Where in a large result the members stand that this gateway reads. */
  readonly places?: ResultPlaces | undefined;
  /** Whether the result has the members that only the era without sessions knows. */
  readonly modern?: boolean;
  /** Whether it is a task in place of the result. */
  readonly task?: boolean;
  /** What a result says of the way to its server, where it is not simply that it is there. */
  readonly way?: 'failed' | 'undecided';
}

/** Whether nothing comes after it. */
export function isLast(event: CallEvent): event is Done | Fail | Input {
  return event.type !== 'note' && event.type !== 'ask';
}

export interface Fail {
  readonly type: 'fail';
  readonly failure: Failure;
}

export type Failure =
  /** The server's own JSON-RPC `error` object, to be passed on as it is. */
  | {
      readonly kind: 'answered';
      readonly error: RawJson;
      /** Whether its code is one of the era without sessions. */
      readonly modern?: boolean;
    }
  /** A failure of the way to the server or of this gateway. */
  | {
      readonly kind: 'local';
      readonly code: ErrorCode;
      readonly message: string;
      readonly data?: Readonly<Record<string, unknown>>;
    };
