import type { CancelSignal } from '../../../lib/flow/cancellation.js';
import { McpError } from '../../../lib/errors/errors.js';
import type {
  Call,
  CallerContext,
  CallEvent,
  Note,
} from '../../../plugins/mcp-aggregate/core/calls/call.js';
import type {
  ListedItems,
  Upstream,
  UpstreamState,
} from '../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import type { SessionLoans } from '../../../plugins/mcp-aggregate/core/direct/session-loans.js';
import { itemKinds } from '../../../plugins/mcp-aggregate/core/items/item-kinds.js';
import type { ItemKind } from '../../../plugins/mcp-aggregate/core/items/item-kinds.js';

export type Script = (call: Call) => AsyncIterable<CallEvent>;

/** One MCP server in this process, told what to list and how to answer. */
export class FakeUpstream implements Upstream {
  readonly name: string;
  /** Calls received. */
  readonly calls: Call[] = [];
  /** Lists of tools asked for. */
  lists = 0;
  tools: unknown[];
  /** Items of the other kinds; a kind that is not here is not offered. */
  more: Partial<Record<Exclude<ItemKind, 'tool'>, unknown[]>> = {};
  /** Capabilities beside those of `tools` and `more`. */
  capabilities: string[] = [];
  state: UpstreamState = 'ready';
  /** Whether it lists as a server without sessions. */
  modern = false;
  /** Answers a list of tools in place of `tools`. */
  onList: (() => Promise<ListedItems>) | undefined;
  script: Script = (call) => done({ content: [{ type: 'text', text: nameOf(call) }] });
  /** Sessions that other workers may use. */
  loans: SessionLoans | undefined;
  /** Conversations whose roots have changed. */
  readonly newRoots: string[] = [];
  /** Conversations ended. */
  readonly ended: string[] = [];
  readonly #listeners = new Set<(method: string, context?: string) => void>();
  readonly #hearers = new Set<(conversation: string, note: Note) => void>();
  readonly #onRefused = new Set<(context: string) => void>();
  /** Answers lists by context from now on. */
  listsPerCaller = false;
  /** Lists of tools asked for, by context. */
  readonly listedFor: string[] = [];
  toolsOf: (context: string) => unknown[] | Promise<unknown[]> = () => this.tools;

  constructor(name: string, tools: unknown[] = []) {
    this.name = name;
    this.tools = tools;
  }

  status() {
    const closed = { circuit: 'closed', openTools: [] } as const;
    return { state: this.state, lastError: undefined, ...closed };
  }

  call(call: Call): AsyncIterable<CallEvent> {
    this.calls.push(call);
    return this.script(call);
  }

  contextOf({ authorizationContext }: CallerContext): string {
    return authorizationContext;
  }

  async list(
    kind: ItemKind = 'tool',
    _signal?: CancelSignal,
    context?: string,
  ): Promise<ListedItems> {
    if (kind === 'tool') this.lists += 1;
    if (kind === 'tool' && this.onList) return this.onList();
    if (this.onList) await this.onList();
    const items = kind === 'tool' ? await this.#toolsOf(context) : (this.more[kind] ?? []);
    const { modern } = this;
    return {
      items: items.map((item) => Buffer.from(rawOf(item))),
      offered: this.#offered(),
      modern,
    };
  }

  async #toolsOf(context: string | undefined): Promise<unknown[]> {
    if (context === undefined) return this.tools;
    this.listedFor.push(context);
    return this.toolsOf(context);
  }

  #offered(): ReadonlySet<string> {
    const kinds = ['tool', ...Object.keys(this.more)] as ItemKind[];
    return new Set([...kinds.map((kind) => itemKinds[kind].capability), ...this.capabilities]);
  }

  onListChanged(listener: (method: string, context?: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onSaid(listener: (conversation: string, note: Note) => void): () => void {
    this.#hearers.add(listener);
    return () => void this.#hearers.delete(listener);
  }

  /** Says something to a conversation outside of its calls. */
  say(conversation: string, method: string, params: unknown): void {
    const said: Note = { type: 'note', method, params: Buffer.from(rawOf(params)) };
    for (const listener of this.#hearers) listener(conversation, said);
  }

  rootsChanged(conversation: string): void {
    this.newRoots.push(conversation);
  }

  endConversation(conversation: string): void {
    this.ended.push(conversation);
  }

  changed(method = 'notifications/tools/list_changed', context?: string): void {
    for (const listener of this.#listeners) listener(method, context);
  }

  onCallerRefused(listener: (context: string) => void): () => void {
    this.#onRefused.add(listener);
    return () => void this.#onRefused.delete(listener);
  }

  /** Refuses the credential of a context. */
  refuse(context: string): void {
    for (const listener of this.#onRefused) listener(context);
  }

  /** Listeners that are still attached. */
  get listeners(): number {
    return this.#listeners.size;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function unreachable(server: string): McpError {
  return new McpError('upstream_unavailable', `server ${server} refused the connection`, {
    server,
  });
}

/** A tool by its name, or raw text as the server sent it. */
export function tool(name: string, more: Readonly<Record<string, unknown>> = {}) {
  return { name, inputSchema: { type: 'object' }, ...more };
}

export async function* done(result: unknown): AsyncGenerator<CallEvent> {
  yield await Promise.resolve({ type: 'done', result: Buffer.from(rawOf(result)) });
}

export async function* events(...list: readonly CallEvent[]): AsyncGenerator<CallEvent> {
  for (const event of list) yield await Promise.resolve(event);
}

/** Ends only when the call is aborted, as an upstream does. */
export async function* untilAborted(call: Call): AsyncGenerator<CallEvent> {
  if (!call.signal.aborted) {
    await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
  }
  const message = 'the call was cancelled';
  yield { type: 'fail', failure: { kind: 'local', code: 'cancelled', message } };
}

export function note(method: string, params: unknown): CallEvent {
  return { type: 'note', method, params: Buffer.from(rawOf(params)) };
}

function nameOf(call: Call): string {
  const params = JSON.parse(call.params?.toString() ?? '{}') as { name?: string };
  return params.name ?? '';
}

function rawOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
