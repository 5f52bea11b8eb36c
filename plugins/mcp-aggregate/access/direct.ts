import { randomBytes } from 'node:crypto';
import { McpError } from '../../../lib/errors/errors.js';
import { acceptsEventStream, acceptsJson } from '../../../lib/http/media-type.js';
import type { KongPort } from '../../../lib/kong/kong-port.js';
import { splice } from '../../../lib/json/splice.js';
import type { Edit } from '../../../lib/json/splice.js';
import type { RequestEnvelope } from '../../../lib/json/types.js';
import type { AggregateConfig } from '../config/config.js';
import { readModernRequest } from '../core/admit/modern-request.js';
import { directTarget, needsNoWayBack } from '../core/direct/direct-target.js';
import type { DirectWay } from '../core/direct/direct-way.js';
import { callText } from '../core/direct/call-text.js';
import type { Target } from '../core/calls/router.js';
import type { Routed } from '../core/calls/route-request.js';
import type { Aggregator } from '../endpoint/aggregator.js';
import type { Destination } from '../endpoint/requests/destination.js';
import type { Session } from '../endpoint/sessions/sessions.js';
import { directRequest } from '../upstream/direct/direct-request.js';
import type { Admission } from './admit.js';

/** Says that the functions for direct calls are on the route (kong/direct). */
const presentKey = 'mcp_direct';
/** What they are told of a request. */
export const directKey = 'mcp_direct_call';
/** Says that the server did not know the client's last direct call: the next one finds out why. */
const lostHeader = 'mcp-direct-lost';
/** Stands in edits where Kong's id of the request belongs; no text of a client's is equal to it. */
const requestId = randomBytes(16).toString('hex');

/** Whether direct calls can leave by this plugin entry. */
export class DirectDoor {
  readonly #wanted: boolean;
  #isThere: boolean | undefined;

  /** @param onRoute whether the entry is a route's, of which all requests meet the same plugins */
  constructor(config: AggregateConfig, onRoute: boolean) {
    this.#wanted = onRoute && config.servers.some(({ direct }) => direct !== undefined);
  }

  /**
   * Whether the functions are there; asked once, since an instance ends with any change of Kong's
   * configuration.
   */
  open(kong: KongPort): Promise<boolean> | boolean {
    if (!this.#wanted) return false;
    return this.#isThere ?? this.#ask(kong);
  }

  async #ask(kong: KongPort): Promise<boolean> {
    const said = await kong.ctx.shared.get(presentKey);
    return (this.#isThere = said === '1');
  }
}

let calls = 0;

interface Found {
  readonly routed: Routed;
  readonly way: DirectWay;
  readonly message: RequestEnvelope;
  readonly logLevel: string | undefined;
  /** Names of client headers that the server gets. */
  readonly forwarded: readonly string[];
}

interface About {
  /** What is logged of it. */
  readonly said: Readonly<Record<string, unknown>>;
  /** Where it goes else: to the process that keeps its session. */
  readonly to: Destination;
}

/**
 * What the functions in Kong are told of a request that they can send to its server themselves;
 * undefined where it has to go through the aggregator.
 */
export function directCall(
  admission: Admission,
  config: AggregateConfig,
  aggregator: Aggregator,
  { said, to }: About,
): string | undefined {
  try {
    if (admission.facts.headers[lostHeader] !== undefined) {
      const session = sessionOf(admission, config, aggregator);
      if (session !== undefined) aggregator.leases.drop(session.id);
      return undefined;
    }
    const found = find(admission, config, aggregator, to);
    if (found === undefined) return undefined;
    const call = told(found, admission, said);
    const { server, kind, name } = found.routed.target;
    const { tally } = aggregator.runtimes.use(config);
    tally.passed(admission.asked.method, server.name, kind === 'tool' ? name : '');
    tally.spoke(admission.client);
    return call;
  } catch (error) {
    // Whoever serves it says what is wrong with it.
    if (error instanceof McpError) return undefined;
    throw error;
  }
}

/** @throws McpError */
function told(
  { routed, way, message, logLevel, forwarded }: Found,
  { bytes, sent, unwrapped, facts, session, id }: Admission,
  log: Readonly<Record<string, unknown>>,
): string {
  const asked = { bytes, message, headers: facts.headers, logLevel };
  const { edits, headers, kept } = directRequest(routed, way, asked, requestId);
  const { server } = routed.target;
  const { settings, silenceMs } = way;
  return callText({
    log,
    id,
    server: server.name,
    settings,
    // A session is kept by the one server that has begun it.
    upstream: way.modern ? settings.upstream : undefined,
    silenceMs,
    session,
    length: sent.bytes.length,
    mark: server.passesTrace === true ? requestId : '',
    kept: [...kept, ...forwarded],
    headers,
    edits: unwrapped ? whole(sent.bytes, splice(bytes, edits)) : edits,
    count: ++calls,
  });
}

/** What Kong has is the body that was sent, not the one that the edits are of. */
function whole({ length }: Buffer, replacement: Buffer): readonly Edit[] {
  return [{ span: { start: 0, end: length }, replacement }];
}

/** @throws McpError */
function find(
  admission: Admission,
  config: AggregateConfig,
  aggregator: Aggregator,
  to: Destination,
): Found | undefined {
  const { caller, client, messages, bytes } = admission;
  const [message] = messages;
  if (message?.kind !== 'request' || !isPlain(admission)) return undefined;
  const { router } = aggregator.runtimes.use(config).itemsFor(caller);
  const routed = directTarget(router, message);
  if (routed === undefined) return undefined;
  const { target } = routed;
  if (target.kind === 'tool' && config.guards.of(target.name) !== undefined) return undefined;
  const server = config.servers.find(({ name }) => name === target.server.name);
  if (server?.direct === undefined) return undefined;
  const { modern } = client;
  const session = sessionOf(admission, config, aggregator);
  if (!modern && (session === undefined || !config.versions.includes(session.version))) return;
  const own = modern ? modernFacts(bytes, message) : legacyFacts(aggregator, session);
  if (own === undefined) return undefined;
  const asking = { admission, session, logLevel: own.logLevel };
  const way = wayOf(target, asking, config, aggregator, to);
  if (way === undefined || way.modern !== modern) return undefined;
  if (!needsNoWayBack(target, message, bytes, way, own.tasks)) return undefined;
  const { forwardHeaders: forwarded = [] } = server.connection ?? {};
  return { routed, way, message, logLevel: own.logLevel, forwarded };
}

function sessionOf(
  { caller, session: text }: Admission,
  config: AggregateConfig,
  aggregator: Aggregator,
): Session | undefined {
  const owner = { endpoint: config.endpoint, principal: caller.principal };
  return text === undefined ? undefined : aggregator.sessions.open(owner, text);
}

interface Asking {
  readonly admission: Admission;
  readonly session: Session | undefined;
  readonly logLevel: string | undefined;
}

/** Whoever keeps a session knows the one at the server that belongs to it, and lends it to others. */
function wayOf(
  { kind, original, server: { name: server, upstream } }: Target,
  { admission, session, logLevel }: Asking,
  config: AggregateConfig,
  aggregator: Aggregator,
  { here, slot: keeper }: Destination,
): DirectWay | undefined {
  const { asked, caller, client } = admission;
  const tool = kind === 'tool' ? original : undefined;
  if (client.modern || here) {
    const asker = { method: asked.method, caller, modern: client.modern, tool, logLevel };
    return upstream.direct?.({ ...asker, conversation: session?.id });
  }
  if (keeper === undefined || session === undefined) return undefined;
  const name = { keeper, config: config.hash, server, conversation: session.id };
  return aggregator.leases.way(name, upstream, caller, tool);
}

/** One request in memory, of a client that takes what servers answer, whose last one has arrived. */
function isPlain({ read, facts }: Admission): boolean {
  const { headers, body } = facts;
  if (read?.kind !== 'single' || body.bodyFilepath !== undefined) return false;
  const { accept } = headers;
  return typeof accept === 'string' && acceptsJson(accept) && acceptsEventStream(accept);
}

interface OwnFacts {
  readonly logLevel: string | undefined;
  readonly tasks: boolean;
}

function legacyFacts(aggregator: Aggregator, session: Session | undefined): OwnFacts {
  return { logLevel: aggregator.logLevels.of(session), tasks: false };
}

/** Undefined where the request goes on an earlier one. @throws McpError */
function modernFacts(bytes: Buffer, message: RequestEnvelope): OwnFacts | undefined {
  const { logLevel, tasks, answers, state } = readModernRequest(bytes, message.params);
  return state === undefined && answers.size === 0 ? { logLevel, tasks } : undefined;
}
