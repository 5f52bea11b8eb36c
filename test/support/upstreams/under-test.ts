import { createHash } from 'node:crypto';
import type { ServerConfig } from '../../../plugins/mcp-aggregate/config/config.js';
import type { Ask, Call, CallEvent } from '../../../plugins/mcp-aggregate/core/calls/call.js';
import type { Upstream } from '../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { createUpstream } from '../../../plugins/mcp-aggregate/upstream/create-upstream.js';
import type { UpstreamTuning } from '../../../plugins/mcp-aggregate/upstream/upstream-deps.js';
import { anonymousIdentity } from '../../../lib/identity/identity.js';
import { serverRevisions } from '../../../lib/protocol/revisions.js';
import type { StdioEntry } from '../../../lib/mcp-servers/entries.js';

const everything = { allow: [], deny: [] };

/** A server as configured, with deadlines fit for tests. */
export function serverConfig(over: Partial<ServerConfig> & { target: string }): ServerConfig {
  const kind = over.kind ?? (over.target.startsWith('http') ? 'url' : 'stdio');
  return {
    name: 'srv',
    prefix: 'srv__',
    tools: everything,
    prompts: everything,
    resources: everything,
    overrides: new Map(),
    plainUris: false,
    kind,
    headers: {},
    trusted: false,
    stdioScope: 'shared',
    stdioMaxChildren: 32,
    timeoutMs: 5000,
    maxResponseBytes: 1_048_576,
    versions: serverRevisions,
    key: createHash('sha256').update(over.target).digest('hex'),
    ...over,
  };
}

/** Short pauses, so that no test waits for a real one. */
export const quickTuning: Partial<UpstreamTuning> = {
  reopenBaseMs: 20,
  reopenMaxMs: 200,
  backoffBaseMs: 200,
  backoffMaxMs: 400,
  closeGraceMs: 500,
};

export interface UpstreamUnderTest extends Partial<ServerConfig> {
  readonly tuning?: Partial<UpstreamTuning>;
}

export function urlUpstream(url: string, over: UpstreamUnderTest = {}): Upstream {
  const { tuning, ...config } = over;
  return createUpstream(serverConfig({ ...config, target: url }), {
    stdioEntry: () => {
      throw new Error('no stdio here');
    },
    env: {},
    tuning: { ...quickTuning, ...tuning },
  });
}

export function stdioUpstream(
  entry: Pick<StdioEntry, 'command' | 'args'> & Partial<StdioEntry>,
  over: UpstreamUnderTest = {},
): Upstream {
  const { tuning, ...config } = over;
  return createUpstream(serverConfig({ ...config, kind: 'stdio', target: 'entry' }), {
    stdioEntry: () => ({ kind: 'stdio', env: {}, ...entry }),
    env: process.env,
    tuning: { ...quickTuning, ...tuning },
  });
}

export interface TestCall {
  readonly context?: string;
  readonly signal?: AbortSignal;
  readonly method?: string;
  readonly conversation?: string;
  /** The caller, for who must be somebody. */
  readonly subject?: string;
  /** What the client can be asked. */
  readonly capabilities?: object;
  readonly logLevel?: string;
}

/** A call, of the anonymous caller by default; `params` is JSON text, or a value to be written as such. */
export function testCall(params: unknown, options: TestCall = {}): Call {
  const text = typeof params === 'string' ? params : JSON.stringify(params);
  const { subject } = options;
  const context = options.context ?? subject ?? 'context-a';
  const identity = subject === undefined ? anonymousIdentity : { ...anonymousIdentity, subject };
  return {
    method: options.method ?? 'tools/call',
    params: text === undefined ? undefined : Buffer.from(text),
    caller: { identity, principal: context, authorizationContext: context },
    capabilities: options.capabilities && Buffer.from(JSON.stringify(options.capabilities)),
    conversation: options.conversation,
    logLevel: options.logLevel,
    signal: options.signal ?? new AbortController().signal,
  };
}

/** All events of a call, bodies as text; `onAsk` answers what the server asks. */
export async function collect(
  events: AsyncIterable<CallEvent>,
  onAsk: (ask: Ask) => void = () => {},
): Promise<SeenEvent[]> {
  const seen: SeenEvent[] = [];
  for await (const event of events) {
    seen.push(seenEvent(event));
    if (event.type === 'ask') onAsk(event);
  }
  return seen;
}

export type SeenEvent =
  | { readonly note: string; readonly params: string | undefined }
  | { readonly done: string }
  | { readonly answered: string }
  | { readonly fail: string; readonly message: string; readonly data: unknown }
  | { readonly ask: string }
  | { readonly input: readonly string[] };

export function seenEvent(event: CallEvent): SeenEvent {
  switch (event.type) {
    case 'note':
      return { note: event.method, params: event.params?.toString() };
    case 'ask':
      return { ask: event.method };
    case 'input':
      return { input: event.requests.map(({ method }) => method) };
    case 'done':
      return { done: event.result.toString() };
    case 'fail': {
      const { failure } = event;
      if (failure.kind === 'answered') return { answered: failure.error.toString() };
      return { fail: failure.code, message: failure.message, data: failure.data };
    }
  }
}

/** The only event of a call that has one. */
export async function only(events: AsyncIterable<CallEvent>): Promise<SeenEvent> {
  const seen = await collect(events);
  if (seen.length !== 1) throw new Error(`${seen.length} events: ${JSON.stringify(seen)}`);
  return seen[0]!;
}
