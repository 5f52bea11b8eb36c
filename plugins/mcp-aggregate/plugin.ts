import { readBody } from '../../lib/http/body-file.js';
import { checkBodyHeaders } from '../../lib/http/body-headers.js';
import { maxHeaderLines } from '../../lib/http/header-lines.js';
import { singleHeader } from '../../lib/http/single-header.js';
import type { HeaderRecord } from '../../lib/http/single-header.js';
import { McpError } from '../../lib/errors.js';
import { callerHandleKey, callerHandles, internalHandles } from '../../lib/handles/handles.js';
import type { HandedAuthorization, HandedRequest } from '../../lib/handles/handles.js';
import { hopMark } from '../../lib/handles/hop-mark.js';
import { userKey } from '../../lib/identity.js';
import type { Envelope } from '../../lib/json/types.js';
import type { KongPort, RawBody } from '../../lib/kong-port.js';
import { visible } from '../../lib/visible.js';
import type { AggregateKongConfig } from '../../schema/mcp-aggregate.js';
import { readConfig } from './config/config.js';
import type { AggregateConfig } from './config/config.js';
import { admitBody } from './core/admit/admit.js';
import type { Asked } from './core/admit/admit.js';
import {
  admitInternal,
  internalHeadersToClear,
  refuseMarked,
} from './core/admit/admit-internal.js';
import type { InternalProof } from './core/admit/admit-internal.js';
import { askedTask } from './core/admit/asked-task.js';
import { subjectOf } from './core/admit/asked-subject.js';
import { checkCalledParams } from './core/admit/check-called-params.js';
import { headersToClear, headersToSet, limitKey, logValues } from './core/admit/annotate.js';
import type { CallerContext } from './core/calls/call.js';
import { callerContext, identify } from './core/admit/caller.js';
import type { IdentityFacts } from './core/admit/caller.js';
import { checkEra, eraOf, withSession } from './core/admit/check-era.js';
import type { ClientEra } from './core/admit/check-era.js';
import { allowOf, checkHttpMethod } from './core/admit/http-method.js';
import { checkHeaders } from './core/admit/check-headers.js';
import { askerOf, permit, ScopeNeededError } from './core/policy/policy.js';
import type { Asker } from './core/policy/policy.js';
import { errorBody } from './core/calls/rpc-error.js';
import type { Aggregator } from './endpoint/aggregator.js';
import { AdmittedBody } from './endpoint/requests/admitted-body.js';
import { ticketBytes } from './endpoint/requests/ticket.js';
import type { SessionOwner } from './endpoint/sessions/sessions.js';
import { ownerOf } from './io/endpoint-places.js';
import { readMode } from './config/route-config.js';

type KongConfig = AggregateKongConfig & Readonly<Record<string, unknown>>;

/** What flush 1 read. */
interface Facts {
  readonly headers: HeaderRecord;
  readonly httpMethod: string;
  readonly body: RawBody;
  readonly identity: IdentityFacts;
  /** What mcp-oauth says of scopes. */
  readonly authorization: HandedAuthorization | undefined;
  /** Whether mcp-oauth handed the request over. */
  readonly handed: boolean;
}

/** What is read where mcp-oauth has not handed it over. */
interface Rest {
  readonly headers: HeaderRecord;
  readonly httpMethod: string;
  readonly consumerId: string;
  readonly credentialId: string;
}

/** What was decided, for flush 2 to write. */
interface Admission {
  readonly facts: Facts;
  readonly caller: CallerContext;
  readonly asked: Asked;
  readonly body: AdmittedBody | undefined;
  /** What `messages` were read from. */
  readonly bytes: Buffer;
  readonly client: ClientEra;
  readonly session: string | undefined;
  readonly messages: readonly Envelope[];
  /** Id of the request, as raw JSON. */
  readonly id: string;
  readonly asker: Asker;
}

const withoutBody = {
  asked: { method: '', name: undefined },
  messages: [],
  id: 'null',
  body: undefined,
  bytes: Buffer.of(),
};
const proof: InternalProof = {
  redeem: (handle) => internalHandles.redeem('internal', handle),
  marked: (header) => hopMark.recognises(header),
};

/** The plugin's class for Kong, on `aggregator`. */
export function pluginOn(aggregator: Aggregator) {
  return class Plugin {
    /** Undefined in mode `internal`. */
    readonly #config: AggregateConfig | undefined;
    readonly #owner: ReturnType<typeof ownerOf>;
    #usuallyHanded = false;
    #placed = false;

    /** @throws ConfigError on a configuration that cannot work; Error before `ready` */
    constructor(kongConfig: KongConfig) {
      this.#owner = ownerOf(kongConfig);
      if (readMode(kongConfig) === 'internal') return;
      this.#config = readConfig(kongConfig);
      aggregator.runtimes.start(this.#config);
    }

    /** Two flushes: what the request says, then what follows from it. */
    async access(kong: KongPort): Promise<void> {
      if (this.#config === undefined) return accessInternal(kong);
      // The names of a route change without its plugins' knowing: each instance asks once.
      const placed = this.#placed ? undefined : this.#learnPlace(kong, this.#config.endpoint);
      const [facts] = await Promise.all([gather(kong, this.#usuallyHanded), placed]);
      this.#usuallyHanded = facts.handed;
      let admission: Admission | undefined;
      try {
        admission = await admit(facts, this.#config, aggregator);
        await pass(kong, admission, this.#config, aggregator);
      } catch (error) {
        if (!(error instanceof McpError)) throw error;
        aggregator.runtimes.find(this.#config)?.tally.refused(error.code);
        await refuse(kong, error, admission);
      }
    }

    async #learnPlace(kong: KongPort, endpoint: string): Promise<void> {
      this.#placed = true;
      const owner = this.#owner;
      if (owner === undefined) return;
      const { router } = kong;
      const entity = await (owner === 'route' ? router.getRoute() : router.getService());
      aggregator.places.learn(endpoint, { [owner]: entity?.name || endpoint });
    }
  };
}

/** On the route of a `route` server: the gateway's own requests go on to the route's Service. */
async function accessInternal(kong: KongPort): Promise<void> {
  const [headers, httpMethod, path] = await Promise.all([
    kong.request.getHeaders(maxHeaderLines),
    kong.request.getMethod(),
    kong.request.getPath(),
  ]);
  try {
    const { asked, server, session } = admitInternal({ headers, httpMethod, path }, proof);
    const known = { server, subject: undefined, session, client: eraOf(headers) };
    await Promise.all([
      ...internalHeadersToClear(headers).map((name) => kong.service.request.clearHeader(name)),
      kong.log.setSerializeValue('mcp', { ...logValues(asked, known), internal: true }),
    ]);
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    await refuse(kong, error, undefined);
  }
}

/** Reads what mcp-oauth has not handed over; where it usually does, without asking for the rest. */
async function gather(kong: KongPort, usuallyHanded: boolean): Promise<Facts> {
  const [{ handed, hasHandle }, body, rest] = await Promise.all([
    takeHanded(kong),
    kong.request.getRawBody(),
    usuallyHanded ? undefined : readRest(kong),
  ]);
  const { identity: verified, passthrough, authorization, request } = handed ?? {};
  const { headers, httpMethod, ...native } =
    rest ?? (request && asRest(request)) ?? (await readRest(kong));
  const identity = { hasHandle, verified, passthrough, ...native };
  return { headers, httpMethod, body, identity, authorization, handed: handed !== undefined };
}

/** At once, not when the body is there: a body may take longer than a handle lives. */
async function takeHanded(kong: KongPort) {
  const handle = await kong.ctx.shared.get(callerHandleKey);
  const handed = typeof handle === 'string' ? callerHandles.redeem('oauth', handle) : undefined;
  handed?.redemptions?.redeemed();
  return { handed, hasHandle: handle !== null && handle !== undefined && handle !== '' };
}

/** Nobody but mcp-oauth says who calls where it handed the request over. */
function asRest({ headers, method }: HandedRequest): Rest {
  return { headers, httpMethod: method, consumerId: '', credentialId: '' };
}

async function readRest(kong: KongPort): Promise<Rest> {
  const [headers, httpMethod, consumer, credential] = await Promise.all([
    kong.request.getHeaders(maxHeaderLines),
    kong.request.getMethod(),
    kong.client.getConsumer(),
    kong.nginx.getCtx('authenticated_credential'),
  ]);
  const consumerId = consumer?.id ?? '';
  return { headers, httpMethod, consumerId, credentialId: credentialIdOf(credential) };
}

function credentialIdOf(credential: unknown): string {
  if (typeof credential !== 'object' || credential === null) return '';
  const { id } = credential as { readonly id?: unknown };
  return typeof id === 'string' ? id : '';
}

async function admit(
  facts: Facts,
  config: AggregateConfig,
  aggregator: Aggregator,
): Promise<Admission> {
  const { headers, httpMethod } = facts;
  checkHeaders(headers, config.allowedOrigins);
  refuseMarked(headers, proof.marked);
  checkHttpMethod(headers, httpMethod, config.versions);
  const caller = callerContext(identify(facts.identity, config.anonymous));
  const asker = askerOf(config.access, caller.identity, facts.authorization);
  const who = { facts, caller, asker };
  const owner = { endpoint: config.endpoint, principal: caller.principal };
  const inSession = () => singleHeader(headers, 'mcp-session-id');
  const ofSession = () => versionOf(aggregator, owner, inSession());
  if (httpMethod !== 'POST') {
    const client = withSession(checkEra(headers, undefined, config.versions), ofSession);
    return { ...who, ...withoutBody, client, session: inSession() };
  }
  checkBodyHeaders(headers, config.maxRequestBytes);
  const bytes = await readBody(facts.body, config.maxRequestBytes);
  const admitted = admitBody(bytes, headers, ofSession, config.versions);
  const { asked, messages, read, id } = admitted;
  const client = withSession(admitted.client, ofSession);
  const room = aggregator.handles.hasRoom(userKey(caller.identity));
  const body = new AdmittedBody(bytes, read, room);
  // Without sessions there is none, whatever the client says (requirement H1).
  const session = client.modern ? undefined : inSession();
  return { ...who, session, asked, messages, bytes, id, client, body };
}

/** The version negotiated by a session of this owner. */
function versionOf(aggregator: Aggregator, owner: SessionOwner, session: string | undefined) {
  return session === undefined ? undefined : aggregator.sessions.open(owner, session)?.version;
}

async function pass(
  kong: KongPort,
  admission: Admission,
  config: AggregateConfig,
  aggregator: Aggregator,
): Promise<void> {
  const { facts, caller, asker, asked, body, messages, bytes, id, client, session } = admission;
  const { httpMethod } = facts;
  const { router } = aggregator.runtimes.use(config).itemsFor(caller);
  const owner = { endpoint: config.endpoint, principal: caller.principal };
  const open = (text: string) => aggregator.taskIds.open(owner, text);
  const task = client.modern ? askedTask(router, open, asked) : undefined;
  const { hidden } = permit(config.access, asker, { messages, id, tool: task?.tool });
  if (client.modern && !hidden) checkCalledParams(router, messages[0], bytes, facts.headers);
  const about = subjectOf(router, asked, hidden, task);
  const user = userKey(caller.identity);
  const key = limitKey(user, asked, about.counted);
  const trusted = facts.identity.verified !== undefined;
  const { subject } = asker;
  const ticket = { config, caller, httpMethod, asked, subject, hidden, body, client, session };
  const handle = aggregator.handles.mint('aggregator', ticket, user, ticketBytes(ticket));
  const set = headersToSet(asked, key, handle);
  const cleared = headersToClear(facts.headers, set, trusted);
  const known = { server: about.server, subject: caller.identity.subject, session, client };
  await Promise.all([
    kong.service.request.setHeaders(set),
    ...cleared.map((name) => kong.service.request.clearHeader(name)),
    kong.log.setSerializeValue('mcp', logValues(asked, known)),
    kong.service.setTarget('127.0.0.1', aggregator.port),
  ]);
}

async function refuse(
  kong: KongPort,
  error: McpError,
  admission: Admission | undefined,
): Promise<void> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-mcp-outcome': error.code,
  };
  if (error.code === 'misconfigured')
    await kong.log.err(visible(`mcp-aggregate: ${error.message}`));
  if (error.code === 'method_not_allowed') headers['allow'] = allowOf(error);
  if (error instanceof ScopeNeededError && error.challenge !== undefined) {
    headers['www-authenticate'] = error.challenge;
  }
  await Promise.all([
    ...(admission === undefined ? [] : [logRefused(kong, admission)]),
    kong.response.exit(error.status, errorBody(error), headers),
  ]);
}

/** A request that was understood is named in Kong's logs, also where it goes no further. */
function logRefused(kong: KongPort, { asked, caller, session, client }: Admission): Promise<void> {
  const known = { server: undefined, subject: caller.identity.subject, session, client };
  return kong.log.setSerializeValue('mcp', logValues(asked, known));
}
