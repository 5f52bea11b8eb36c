import type { ServerConfig } from '../config/config.js';
import { routeAddress } from '../config/servers/route-config.js';
import type { Upstream } from '../core/calls/upstream-port.js';
import { mayHear } from '../core/capabilities/client-capabilities.js';
import type { Recall } from '../core/direct/session-loans.js';
import { Circuits } from './circuits/circuits.js';
import { createCredentials } from './credentials/credentials.js';
import type { Credentials } from './credentials/credentials.js';
import { DirectWays } from './direct/direct-ways.js';
import { Health } from './failure/health.js';
import { HttpLink } from './http/http-link.js';
import { ApiLink } from './openapi/api-link.js';
import type { FetchFrom } from './lists/node-lists.js';
import type { Link, LinkEvents } from './conversation/link.js';
import { Listeners } from '../../../lib/flow/listeners.js';
import { gatewayContext, ServerUpstream } from './server-upstream.js';
import type { Heard } from './conversation/heard.js';
import { checkUser } from './stdio/child-user.js';
import { childEnvironment } from './stdio/inherited-env.js';
import { StdioLink } from './stdio/stdio-link.js';
import { Subscriptions } from './conversation/subscriptions.js';
import { defaultTuning } from './upstream-deps.js';
import type { UpstreamDeps, UpstreamTuning } from './upstream-deps.js';

/**
 * One MCP server. Nothing is connected or started before the first call.
 * @throws ConfigError for what the configuration cannot mean: an unknown stdio entry, a header that
 *   cannot be sent; as MissingSecret for a secret that arrived empty
 */
export function createUpstream(config: ServerConfig, deps: UpstreamDeps): Upstream {
  const server = located(config, deps);
  const tuning = { ...defaultTuning, ...deps.tuning };
  const recalls = new Listeners<[Recall]>();
  const onFailed = () => recalls.tell({});
  const health = new Health(server.name, { tuning, onFailed });
  const onGivenUp = (context?: string) => recalls.tell({ context });
  const credentials = createCredentials(server, gatewayContext, { ...deps, onGivenUp });
  const heard = createHeard(server, tuning, () => link);
  const { listChanged } = heard;
  const fetch: FetchFrom = (kind, signal, listens) =>
    upstream.fetchList(kind, signal, undefined, listens);
  // Lists of which each caller has its own are no business of other workers.
  // A document is read where its scopes decide: in each worker.
  const isOwn = server.openapi !== undefined || credentials?.listsPerCaller;
  const node = isOwn || deps.lists?.alone ? undefined : deps.lists;
  const lists = node?.of(config, fetch, (method) => listChanged.tell(method));
  const onListChanged = lists ? (method: string) => lists.changed(method) : listChanged.tell;
  const events = eventsFor(heard, onListChanged, recalls);
  const link = createLink(server, deps, tuning, { health, events, credentials });
  // A child per session fails for its session alone, and has a back-off of its own.
  const hasCircuits = server.circuit && !link.perConversation;
  const circuits = hasCircuits
    ? new Circuits(server.name, server.circuit, Date.now, onFailed)
    : undefined;
  const { direct } = server;
  const parts = { link, health, circuits, credentials, recalls };
  const ways = direct && new DirectWays({ server: { ...server, direct }, ...parts });
  const more = { credentials, ways, circuits, lists };
  const upstream: ServerUpstream = new ServerUpstream(server, link, health, heard, tuning, more);
  return upstream;
}

interface LinkParts {
  readonly health: Health;
  readonly events: LinkEvents;
  readonly credentials: Credentials | undefined;
}

function createLink(
  server: ServerConfig,
  deps: UpstreamDeps,
  tuning: UpstreamTuning,
  { health, events, credentials }: LinkParts,
): Link {
  const { openapi } = server;
  if (openapi) {
    const { env } = deps;
    return new ApiLink(server, { openapi, tuning, events, credentials, env }, health);
  }
  return server.kind === 'stdio'
    ? new StdioLink(server, stdioOptions(server, deps, tuning), health, events)
    : new HttpLink(server, tuning, health, events, credentials);
}

function createHeard(server: ServerConfig, tuning: UpstreamTuning, link: () => Link): Heard {
  const said: Heard['said'] = new Listeners();
  const pauses = { firstMs: tuning.reopenBaseMs, longestMs: tuning.reopenMaxMs };
  const subscriptions = new Subscriptions({ server, link, onSaid: said.tell, pauses });
  return { listChanged: new Listeners(), said, subscriptions };
}

function eventsFor(
  { said, subscriptions }: Heard,
  onListChanged: LinkEvents['onListChanged'],
  recalls: Listeners<[Recall]>,
): LinkEvents {
  return {
    onListChanged,
    onSaid: ({ conversation, capabilities }, note) => {
      if (conversation === undefined || !mayHear(capabilities, note.method)) return;
      said.tell(conversation, note);
    },
    onOpened: (party, line) => subscriptions.opened(party, line),
    onLost: (party) => subscriptions.lost(party),
    onWithdrawn: ({ conversation }) => {
      if (conversation !== undefined) recalls.tell({ conversation });
    },
  };
}

/** A `route` server is reached at an address that this process knows. */
function located(server: ServerConfig, { env }: UpstreamDeps): ServerConfig {
  return server.route ? { ...server, target: routeAddress(server.route, env) } : server;
}

function stdioOptions(server: ServerConfig, deps: UpstreamDeps, tuning: UpstreamTuning) {
  const field = `servers[${server.name}].stdio`;
  const entry = deps.stdioEntry(field, server.target);
  checkUser(field, entry);
  const env = childEnvironment(deps.env, entry);
  return { entry, env, tuning, children: deps.children };
}
