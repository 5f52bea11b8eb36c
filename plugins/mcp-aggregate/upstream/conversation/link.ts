import { McpError } from '../../../../lib/errors/errors.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { InputGiven, Note } from '../../core/calls/call.js';
import type { KnownEras, ServerSaid, TaskHearing } from '../../core/calls/upstream-port.js';
import { mayAsk } from '../../core/capabilities/client-capabilities.js';
import type { CallScope } from '../call/call-scope.js';
import type { Exchange } from './exchange.js';

/** Whom a line is for: one conversation, or all callers of an authorization context. */
export interface Party {
  readonly context: string;
  /** Names the caller, where one can be told from another. */
  readonly owner?: string | undefined;
  /** Set where the server is to keep things for this conversation alone. */
  readonly conversation?: string | undefined;
  /** What the server is told that the client can do; nothing where absent. */
  readonly capabilities?: RawJson | undefined;
  /** Least severe log message that this conversation wants; absent where the server decides. */
  readonly logLevel?: string | undefined;
  /** Whether what is kept for the conversation is to be heard at any time: its subscriptions. */
  readonly keeps?: boolean;
  /** Set for the one line of the gateway itself, on which it hears of changed lists. */
  readonly listens?: boolean;
  /** Whether it is of the era without sessions: a server that speaks both is spoken to in that one. */
  readonly modern?: boolean;
}

/** One request to a server, as its caller has it. */
export interface LineRequest {
  readonly method: string;
  readonly params: RawJson | undefined;
  /** What the caller of this very request can be asked. */
  readonly capabilities?: RawJson | undefined;
  /** The client's header fields that are meant for the server. */
  readonly forwarded?: Readonly<Record<string, string>> | undefined;
  /** Whose share of what is bounded it takes. */
  readonly holder?: string | undefined;
  // Of these a server with sessions is not told with the request; see `Call`.
  readonly logLevel?: string | undefined;
  readonly input?: InputGiven | undefined;
  readonly mirrored?: string | undefined;
  readonly paramHeaders?: Readonly<Record<string, string>> | undefined;
  readonly tasks?: boolean | undefined;
}

/** What a line knows of who hears of tasks. */
export type LineHearing = Omit<TaskHearing, 'caller'>;

/** What tells parties apart. */
export function partyKey({ context, conversation }: Party): string {
  return conversation === undefined ? context : `${context} ${conversation}`;
}

/** Whether the server knows that it may ask this party for its roots. */
export function isToldOfRoots({ capabilities }: Party): boolean {
  return capabilities !== undefined && mayAsk(capabilities, 'roots/list', capabilities, undefined);
}

/** A way to a server in one of the eras: an HTTP session, a child process, or single requests. */
export interface Line {
  /** Whether it is of the era without sessions. */
  readonly modern: boolean;
  /** Whether a conversation has such a line to itself. */
  readonly separates: boolean;
  /** Names of the capabilities that the server declared on it. */
  readonly offered: ReadonlySet<string>;
  /** What the server has said of itself on it; not known of lines that others hold. */
  readonly said?: ServerSaid | undefined;
  /**
   * Tells the server which log messages are wanted, where it has not been told on this line.
   * @throws LineLost | McpError
   */
  setLogLevel(level: string, scope: CallScope): Promise<void>;
  begin(request: LineRequest): Exchange;
  /**
   * Sends the exchange's request; what comes back reaches the exchange by itself.
   * @throws LineLost when the server no longer knows this line and has not done the work
   * @throws McpError `upstream_*`
   */
  send(exchange: Exchange): Promise<void>;
  /**
   * The headers by which others send requests in this session, at this log level; undefined where
   * they cannot.
   * @param withinMs how long they may be used, at once only where absent
   */
  passing?(
    level: string | undefined,
    withinMs?: number,
  ): Readonly<Record<string, string>> | undefined;
  /**
   * Tells the server to stop working on a request that went past this process; best effort.
   * @param id as it stands in the request
   */
  cancelPassed?(id: string): void;
  /**
   * Hears of changed lists, where the line is for that. Resolves when it does, or does not soon: then
   * lists are told of as changed once it does.
   */
  listen?(): Promise<void>;
  /** As `Upstream.hearTasks`, on a line without sessions. */
  hearTasks?(hearing: LineHearing): Promise<ReadonlySet<string>>;
  /** Tells a server that was told of roots that the client's roots have changed; best effort. */
  rootsChanged(): void;
  /** Tells the server to stop working on a request; best effort. */
  cancel(exchange: Exchange, reason: string): void;
}

export interface OpenLine {
  readonly line: Line;
  /** Whether this line was set up for this very call, so that there is no sense in another try. */
  readonly fresh: boolean;
}

/** What a link tells of its lines. */
export interface LinkEvents {
  /** `context` is that of the line; absent where all callers share it. */
  readonly onListChanged: (method: string, context?: string) => void;
  /** The server said something on the line of one conversation, outside of any call. */
  readonly onSaid: (party: Party, note: Note) => void;
  /** The line of a conversation has been set up, perhaps in place of a lost one. */
  readonly onOpened: (party: Party, line: Line) => void;
  /** A line has gone that was not ended here. */
  readonly onLost: (party: Party) => void;
  /** Nobody is to use a line any more that others may use (`Line.passing`). */
  readonly onWithdrawn: (party: Party) => void;
}

/** How one server is connected. */
export interface Link {
  /** What is known of the eras that the server speaks. */
  readonly eras: KnownEras;
  /** Whether a conversation can have a line of its own, as far as is known. */
  separates(party: Party): boolean;
  /** Whether the server may take `logging/setLevel`, as far as is known. */
  readonly takesLogLevel: boolean;
  /** Whether each conversation has a line of its own, whatever its client can be asked. */
  readonly perConversation: boolean;
  /**
   * The line of a party, at once where it is there; set up where there is none yet.
   * @throws McpError `upstream_unavailable`, at once while backing off after failures
   */
  open(party: Party): OpenLine | Promise<OpenLine>;
  /** The line of a party, in the era of its client, where it is there and nothing has to be asked. */
  known?(party: Party): Line | undefined;
  /** Keeps a party's line although nobody calls on it; false where too many are held. */
  hold(party: Party): boolean;
  /** The line is given up when it has been idle for long, as others are. */
  release(party: Party): void;
  /** Drops a line that the server no longer knows. */
  forget(party: Party, line: Line): void;
  /** The lines of one conversation that there are now. */
  linesOf(conversation: string): readonly Line[];
  /** Ends the lines of one conversation, in the background. */
  endConversation(conversation: string): void;
  close(): Promise<void>;
}

/** The server refused a request because it no longer knows the session: initialize again. */
export class LineLost extends McpError {
  constructor(error: McpError) {
    super(error.code, error.message, error.data);
    this.name = 'LineLost';
  }
}
