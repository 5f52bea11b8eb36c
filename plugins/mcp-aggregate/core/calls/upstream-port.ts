import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { Call, CallerContext, CallEvent, Note } from './call.js';
import type { DirectWay } from '../direct/direct-way.js';
import type { SessionLoans } from '../direct/session-loans.js';
import type { ItemKind } from '../items/item-kinds.js';

export type UpstreamState = 'idle' | 'connecting' | 'ready' | 'failing';

/** `half_open`: one call is let through to see whether the way is there again. */
export type CircuitState = 'closed' | 'open' | 'half_open';

/** What a server says it is. */
export interface ServerSaid {
  readonly name: string;
  readonly version: string;
  /** Revision of the protocol that it speaks with us. */
  readonly revision: string;
  /** What it tells models of itself; read where it is pinned. */
  readonly instructions?: string | undefined;
}

/** Which eras a server is known to speak; undefined where it has not been asked. */
export interface KnownEras {
  readonly legacy: boolean | undefined;
  readonly modern: boolean | undefined;
}

export interface UpstreamStatus {
  readonly state: UpstreamState;
  /** Why the last attempt failed, fit for a client: no secret, no address beyond the server's name. */
  readonly lastError: string | undefined;
  /** Whether calls are let through to the server. */
  readonly circuit: CircuitState;
  /** Tools, by the server's own names, to which calls are not let through or only one at a time. */
  readonly openTools: readonly string[];
  /** Milliseconds until another attempt to connect, where one has failed. */
  readonly retryInMs?: number | undefined;
  /** Undefined until it has introduced itself. */
  readonly said?: ServerSaid | undefined;
  /** As far as callers in general are concerned: it may speak others with one of them. */
  readonly eras?: KnownEras | undefined;
}

/** For how long a list holds, as its server says (SEP-2549). */
export interface CacheHints {
  readonly ttlMs: number;
  /** Whether it may be shown to the one caller alone for whom it was fetched. */
  readonly isPrivate: boolean;
}

/** What a list holds of one server, byte-true, all pages drained. */
export interface ListedItems {
  readonly items: readonly RawJson[];
  /** Why the list may lack items, as what the server did: it is shown as far as it could be read. */
  readonly flaw?: string | undefined;
  /** Absent where the server does not say. */
  readonly cache?: CacheHints | undefined;
  /** The server's capabilities by name, as it declared them. */
  readonly offered: ReadonlySet<string>;
  /** What the server says of itself, where it is pinned. */
  readonly said?: Pick<ServerSaid, 'name' | 'instructions'> | undefined;
  /** Whether the server showed it as one of the era without sessions. */
  readonly modern?: boolean;
  /** How long ago it was fetched, in milliseconds; just now where absent. */
  readonly ageMs?: number;
  /** To be called when the bytes are not needed any more; they are counted until then. */
  readonly release?: () => void;
}

/** Somebody who wants to hear how tasks of one server stand. */
export interface TaskHearing {
  readonly caller: CallerContext;
  /** What the client can be asked in a task, as in `Call`. */
  readonly capabilities: RawJson | undefined;
  /** The server's own ids. */
  readonly ids: ReadonlySet<string>;
  /** Aborted when nobody listens any more. */
  readonly signal: CancelSignal;
  /** Takes the params of a `notifications/tasks`, found fit to be shown. */
  readonly onNote: (params: RawJson) => void;
  /** The server says no more; called once at most, and not after `signal`. */
  readonly onLost: () => void;
}

/** What of a call decides whether and how Kong can send it itself. */
export type DirectAsker = Pick<
  Call,
  'method' | 'caller' | 'conversation' | 'modern' | 'logLevel' | 'tool'
>;

/** One MCP server, whatever carries it. */
export interface Upstream {
  readonly name: string;
  status(): UpstreamStatus;
  /**
   * Sends one request and yields what belongs to it. Never throws: a failure is a `fail` event. The
   * server's deadline and the call's signal both end it, and the server is then told.
   */
  call(call: Call): AsyncIterable<CallEvent>;
  /**
   * How Kong can send such a call to the server itself, at once; undefined where it has to go the
   * usual way, which may make one.
   */
  direct?(asker: DirectAsker): DirectWay | undefined;
  /** Sessions here that other workers of the node use for direct calls; undefined where none do. */
  readonly loans?: SessionLoans | undefined;
  /**
   * A client has cancelled a request of a conversation that has not come here: it may be one that went
   * to the server directly.
   * @param id as it stands in the request
   */
  cancelPassed?(conversation: string, id: string): void;
  /** Whether its lists are fetched with each caller's own credential, and so are theirs alone. */
  readonly listsPerCaller: boolean;
  /** The authorization context of a caller here (design D8); the caller's newest token goes with it. */
  contextOf(caller: CallerContext): string;
  /**
   * Drains every page of a list. A server that does not know the list has an empty one.
   * @param context whose credential it is fetched with; the gateway's own where absent
   * @throws McpError `upstream_*` naming the server
   */
  list(kind: ItemKind, signal: CancelSignal, context?: string): Promise<ListedItems>;
  /**
   * Calls `listener` with the method of each `list_changed` the server sends, and the context on whose
   * line it did; answers a remover.
   */
  onListChanged(listener: (method: string, context?: string) => void): () => void;
  /** Calls `listener` with each context whose credential is refused; answers a remover. */
  onCallerRefused(listener: (context: string) => void): () => void;
  /**
   * Calls `listener` with what the server says to one conversation outside of any call; answers a
   * remover. That a conversation has subscribed is known from its calls.
   */
  onSaid(listener: (conversation: string, note: Note) => void): () => void;
  /**
   * Hears of tasks (ext-tasks, "Task status notifications"); answers those of which the server tells.
   * @throws McpError `upstream_*`
   * @throws AnsweredError
   */
  hearTasks?(hearing: TaskHearing): Promise<ReadonlySet<string>>;
  /**
   * The client's roots have changed: a server that was told of them in this conversation is told,
   * where it has a line for it now.
   */
  rootsChanged(conversation: string): void;
  /** The conversation is over: what is kept for it alone is ended, in the background. */
  endConversation(conversation: string): void;
  /** Ends connections and child processes; waits for them, a few seconds at most. */
  close(): Promise<void>;
}
