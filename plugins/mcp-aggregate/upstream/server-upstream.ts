import type { ServerConfig } from '../config/config.js';
import { isLast } from '../core/calls/call.js';
import type { Call, CallerContext, CallEvent, Note } from '../core/calls/call.js';
import { eventSteps, only } from '../core/calls/event-steps.js';
import type { ItemKind } from '../core/items/item-kinds.js';
import { tasksExtension } from '../../../lib/protocol/tasks.js';
import type { DirectWay } from '../core/direct/direct-way.js';
import type { DirectWays } from './direct/direct-ways.js';
import type {
  DirectAsker,
  ListedItems,
  TaskHearing,
  Upstream,
  UpstreamStatus,
} from '../core/calls/upstream-port.js';
import type { CancelSignal } from '../../../lib/flow/cancellation.js';
import { McpError } from '../../../lib/errors/errors.js';
import { FairShare } from '../../../lib/flow/fair-share.js';
import { userKey } from '../../../lib/identity/identity.js';
import type { Identity } from '../../../lib/identity/identity.js';
import { everyCapability, unpackCapabilities } from '../core/capabilities/client-capabilities.js';
import { CallScope } from './call/call-scope.js';
import type { Circuits } from './circuits/circuits.js';
import type { Credentials } from './credentials/credentials.js';
import { failEvent, unavailable } from './failure/failures.js';
import type { Health } from './failure/health.js';
import { forwardedOf } from './http/requests/forwarded-headers.js';
import type { Heard } from './conversation/heard.js';
import { withCaller } from './openapi/caller-headers.js';
import type { Line, Link, Party } from './conversation/link.js';
import { drainList } from './lists/drain-list.js';
import type { ServerLists } from './lists/node-lists.js';
import { seatsAt } from './call/take-seat.js';
import { RunCall } from './call/run-call.js';
import type { PlainCall } from './call/run-call.js';
import { isSubscribing } from './conversation/subscriptions.js';
import type { UpstreamTuning } from './upstream-deps.js';

/** The authorization context of what the gateway asks for itself; never equal to a caller's. */
export const gatewayContext = 'gateway';
/** A list of many pages may last longer than one call, but not without bound. */
const listDeadlines = 10;

export interface UpstreamParts {
  readonly credentials?: Credentials | undefined;
  readonly ways?: DirectWays | undefined;
  readonly circuits?: Circuits | undefined;
  /** Those that workers share. */
  readonly lists?: ServerLists | undefined;
}

/** One MCP server, over whichever link and in whichever era. */
export class ServerUpstream implements Upstream {
  readonly name: string;
  readonly #server: ServerConfig;
  readonly #link: Link;
  readonly #health: Health;
  readonly #heard: Heard;
  readonly #tuning: UpstreamTuning;
  readonly #lister: Party;
  readonly #credentials: Credentials | undefined;
  readonly #ways: DirectWays | undefined;
  readonly #lists: ServerLists | undefined;
  readonly #circuits: Circuits | undefined;
  readonly #calls: FairShare;
  readonly #seats: FairShare | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    server: ServerConfig,
    link: Link,
    health: Health,
    heard: Heard,
    tuning: UpstreamTuning,
    { credentials, ways, circuits, lists }: UpstreamParts = {},
  ) {
    this.#ways = ways;
    this.#circuits = circuits;
    this.#lists = lists;
    this.name = server.name;
    this.#server = server;
    // Servers show some tools only to clients that can be asked; a trusted one shows them all.
    const capabilities = server.trusted ? unpackCapabilities(everyCapability) : undefined;
    this.#lister = { context: gatewayContext, capabilities, listens: true, modern: true };
    this.#link = link;
    this.#health = health;
    this.#heard = heard;
    this.#tuning = tuning;
    this.#credentials = credentials;
    this.#calls = new FairShare(tuning.maxCalls);
    // A child has one pipe for all calls; over HTTP each has a connection to itself.
    this.#seats = server.kind === 'stdio' ? undefined : new FairShare(seatsAt(server, tuning));
  }

  status(): UpstreamStatus {
    const { state: circuit = 'closed', openTools = [] } = this.#circuits ?? {};
    return { ...this.#health.status, circuit, openTools, eras: this.#link.eras };
  }

  get listsPerCaller(): boolean {
    // Those of an API come from its document, the same for everybody.
    return this.#server.openapi === undefined && this.#credentials?.listsPerCaller === true;
  }

  contextOf(caller: CallerContext): string {
    return this.#credentials?.contextOf(caller) ?? caller.authorizationContext;
  }

  call(call: Call): AsyncIterable<CallEvent> {
    const { method, params, signal, tool, hold, onEra, span } = call;
    const { input, mirrored, paramHeaders, tasks } = call;
    const { forwardHeaders = [] } = this.#server.connection ?? {};
    const forwarded = withCaller(this.#server, call, forwardedOf(call, forwardHeaders));
    const { identity } = call.caller;
    const holder = userKey(identity);
    const party = this.#partyOf(call);
    const plain: PlainCall = {
      method,
      params,
      signal,
      tool,
      hold,
      onEra,
      span,
      holder,
      forwarded,
      party,
      capabilities: party.capabilities,
      // A client with a session that sets no level hears what the server says: all of it.
      logLevel: call.logLevel ?? (call.modern ? undefined : 'debug'),
      input,
      mirrored,
      paramHeaders,
      tasks: tasks === true && !this.#link.perConversation,
    };
    if (!isSubscribing(method)) return this.#run(plain, this.#circuits, identity);
    const run = (party: Party) => this.#run({ ...plain, party }, this.#circuits, identity);
    return this.#heard.subscriptions.follow(call, plain.party, run);
  }

  direct(asker: DirectAsker): DirectWay | undefined {
    if (this.#ways === undefined || this.#closing) return undefined;
    return this.#ways.of(this.#partyOf({ ...asker, capabilities: undefined }), asker.tool);
  }

  get loans(): Upstream['loans'] {
    return this.#closing ? undefined : this.#ways;
  }

  cancelPassed(conversation: string, id: string): void {
    this.#ways?.cancel(conversation, id);
  }

  async hearTasks({ caller, ...hearing }: TaskHearing): Promise<ReadonlySet<string>> {
    if (this.#closing) throw this.#closed();
    const party = { context: this.contextOf(caller), modern: true };
    const scope = new CallScope(this.name, this.#server.timeoutMs, hearing.signal);
    try {
      const { line } = await scope.within(Promise.resolve(this.#link.open(party)));
      if (!this.#offeredOn(line).has(tasksExtension)) return new Set();
      const capabilities = this.#server.trusted ? hearing.capabilities : undefined;
      return (await line.hearTasks?.({ ...hearing, capabilities })) ?? new Set();
    } finally {
      scope.dispose();
    }
  }

  async list(kind: ItemKind, signal: CancelSignal, context?: string): Promise<ListedItems> {
    if (context === undefined && this.#lists) return this.#lists.list(kind, signal);
    return this.fetchList(kind, signal, context);
  }

  /**
   * Drains a list, here and now.
   * @param listens false where another worker is the one to hear of changes
   * @throws McpError as `list`
   */
  async fetchList(
    kind: ItemKind,
    signal: CancelSignal,
    context?: string,
    listens = true,
  ): Promise<ListedItems> {
    if (this.#closing) throw this.#closed();
    const scope = new CallScope(this.name, this.#server.timeoutMs * listDeadlines, signal);
    const party = context === undefined ? { ...this.#lister, listens } : this.#listerFor(context);
    const run = (call: PlainCall) => this.#run(call);
    const server = { name: this.name, key: this.#server.key, tuning: this.#tuning, run };
    try {
      const { line } = await scope.within(Promise.resolve(this.#link.open(party)));
      const offered = this.#offeredOn(line);
      if (listens) await line.listen?.();
      const said = this.#server.pins && (line.said ?? this.#health.status.said);
      return { ...(await drainList(server, kind, { party, line, offered }, scope)), said };
    } finally {
      scope.dispose();
    }
  }

  onListChanged(listener: (method: string, context?: string) => void): () => void {
    return this.#heard.listChanged.add(listener);
  }

  onSaid(listener: (conversation: string, note: Note) => void): () => void {
    return this.#heard.said.add(listener);
  }

  onCallerRefused(listener: (context: string) => void): () => void {
    return this.#credentials?.onRefused(listener) ?? (() => undefined);
  }

  rootsChanged(conversation: string): void {
    for (const line of this.#link.linesOf(conversation)) line.rootsChanged();
  }

  endConversation(conversation: string): void {
    this.#heard.subscriptions.end(conversation);
    this.#link.endConversation(conversation);
  }

  async close(): Promise<void> {
    this.#heard.subscriptions.close();
    this.#lists?.close();
    this.#closing ??= this.#link.close();
    await this.#closing;
  }

  /** @param circuits absent for lists, which have a back-off of their own */
  #run(call: PlainCall, circuits?: Circuits, caller?: Identity): AsyncIterable<CallEvent> {
    const { tool, holder } = call;
    let counted = false;
    let mark = 0;
    const release = (last?: CallEvent) => {
      if (!counted) return;
      this.#calls.give(holder);
      counted = false;
      circuits?.settle(tool, mark, last, caller);
    };
    const open = (): AsyncIterable<CallEvent> => {
      const refusal = this.#refusal(holder) ?? circuits?.refusal(tool, caller);
      if (refusal) return only(failEvent(this.name, refusal));
      mark = circuits?.mark ?? 0;
      this.#calls.take(holder);
      counted = true;
      return new RunCall(this.#server, this.#link, call, this.#seats);
    };
    const each = (event: CallEvent): CallEvent => {
      if (isLast(event)) release(event);
      else if (event.type === 'ask') circuits?.settle(tool, mark, event, caller);
      return event;
    };
    return eventSteps({ open, each, leave: release });
  }

  /** Where a server is told of capabilities that nobody has, no call may share the line. */
  #listerFor(context: string): Party {
    const { capabilities } = this.#lister;
    const party = { context, modern: true };
    return capabilities ? { ...party, conversation: 'lists', capabilities } : party;
  }

  /**
   * A client that can be asked, wants log messages of its own choice or has subscriptions has a line
   * of its own, so that nothing of that reaches anybody else; so has one whose calls may go past here,
   * with ids of its own. Of a server with a child per session every client has.
   */
  #partyOf(call: Omit<DirectAsker, 'tool'> & Pick<Call, 'capabilities'>): Party {
    const { caller, conversation, modern } = call;
    const context = this.contextOf(caller);
    const capabilities = this.#server.trusted ? call.capabilities : undefined;
    const logLevel = this.#link.takesLogLevel ? call.logLevel : undefined;
    if (conversation === undefined) return { context, modern };
    const subscribes = isSubscribing(call.method) || this.#heard.subscriptions.has(conversation);
    const passes = this.#ways !== undefined && modern !== true;
    const isOwn = capabilities || logLevel || subscribes || passes || this.#link.perConversation;
    if (!isOwn) return { context, modern };
    // Whichever client a user comes with: anyone may register another.
    const owner = caller.identity.subject === '' ? undefined : userKey(caller.identity);
    return { context, owner, conversation, capabilities, logLevel, modern, keeps: subscribes };
  }

  /** A child that ends with its conversation leaves no task behind that could be asked for. */
  #offeredOn({ offered }: Line): ReadonlySet<string> {
    if (!this.#link.perConversation || !offered.has(tasksExtension)) return offered;
    return new Set([...offered].filter((name) => name !== tasksExtension));
  }

  #closed(): McpError {
    return unavailable(this.name, 'is closed here', 'idle');
  }

  #refusal(holder: string): McpError | undefined {
    if (this.#closing) return this.#closed();
    if (this.#calls.hasRoom(holder)) return undefined;
    const { taken } = this.#calls;
    const own = this.#calls.heldBy(holder);
    const message = `server ${this.name} has ${taken} calls under way, ${own} of them of this caller`;
    return new McpError('overloaded', message, { server: this.name, limit: this.#tuning.maxCalls });
  }
}
