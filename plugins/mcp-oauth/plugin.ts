import { Presence } from '../../lib/fewer-calls/presence.js';
import { allOf, andThen } from '../../lib/flow/eventual.js';
import type { Eventual } from '../../lib/flow/eventual.js';
import { callerHandleKey, callerHandles } from '../../lib/handles/handles.js';
import { callerTickets } from '../../lib/handles/sealed/of-process.js';
import type { Scheme } from '../../lib/http/challenge.js';
import { handedHeaders, headerBytes } from '../../lib/http/handed-headers.js';
import { identityBytes, userKey } from '../../lib/identity/identity.js';
import type { Identity } from '../../lib/identity/identity.js';
import type { KongPort } from '../../lib/kong/kong-port.js';
import { Redemptions } from '../../lib/handles/redemptions.js';
import { areSeveral, siblings } from '../../lib/workers/siblings.js';
import type { OAuthKongConfig } from '../../schema/mcp-oauth.js';
import { apply, tell } from './access/apply.js';
import { askFacade, showToDoor } from './access/facade.js';
import { gather } from './access/gather.js';
import type { Gathered } from './access/gather.js';
import { readConfig } from './config/config.js';
import { authenticate } from './core/authenticate.js';
import type { Decision, RequestFacts } from './core/authenticate.js';
import { handedAuthorization } from './core/authorize.js';
import {
  anonymousUnknown,
  consumerQuery,
  consumerUnknown,
  meantConsumer,
} from './core/identity/consumer.js';
import type { Consumer, ConsumerMapping } from './core/identity/consumer.js';
import type { OAuthConfig } from './core/oauth-config.js';
import { anonymousPassage, foreignPassage, tokenPassage } from './core/identity/passage.js';
import type { Passage } from './core/identity/passage.js';
import type { Reply } from './core/challenge/reply.js';
import { configAt, misdirected } from './core/resource/resource-origins.js';
import type { VerifiedToken } from './core/token/verdict.js';
import { requireFailClosedHost } from './config/host-guard.js';
import { countDecision } from './io/figures.js';
import { Runtimes } from './io/runtimes.js';

type Pass = Extract<Decision, { readonly kind: 'pass' }>;

const runtimes = new Runtimes({ now: () => Date.now() });

/** Makes a route an OAuth 2.1 protected resource. */
export class Plugin {
  readonly #config: OAuthConfig;
  readonly #redemptions = new Redemptions();
  readonly #presence = new Presence();

  /** @throws ConfigError on a configuration that cannot work; Error under a host that fails open */
  constructor(kongConfig: OAuthKongConfig & Readonly<Record<string, unknown>>) {
    requireFailClosedHost();
    this.#config = readConfig(kongConfig);
  }

  /** Two flushes: what the request says, then what follows from it. */
  access(kong: KongPort): Promise<void> {
    return gather(kong, this.#config, this.#presence).then((said) => this.#answer(kong, said));
  }

  #answer(kong: KongPort, { facts, host, word }: Gathered): Eventual<void> {
    const config = configAt(this.#config, host);
    if (config === undefined) return misdirect(kong);
    const asked = askFacade(config, facts);
    if (asked?.kind === 'endpoint') return showToDoor(kong, config, asked.endpoint);
    const { verifyToken, verifyProof } = runtimes.verifiersFor(config);
    const decided = asked ?? authenticate(facts, config, verifyToken, verifyProof);
    return andThen(decided, (decision) => this.#apply(kong, facts, config, decision, word));
  }

  #apply(
    kong: KongPort,
    facts: RequestFacts,
    config: OAuthConfig,
    decision: Decision,
    word: string | undefined,
  ): Eventual<void> {
    countDecision(decision);
    switch (decision.kind) {
      case 'reply':
        return exit(kong, decision.reply);
      case 'foreign':
        return apply(kong, foreignPassage(facts.headers, config));
      case 'anonymous':
        return passAnonymous(kong, facts, config, decision.consumer);
      case 'pass':
        return passToken(kong, facts, config, decision, this.#redemptions, word);
    }
  }
}

function misdirect(kong: KongPort): Promise<void> {
  const reply = misdirected();
  countDecision({ kind: 'reply', reply });
  return exit(kong, reply);
}

function exit(kong: KongPort, { status, body, headers }: Reply): Promise<void> {
  return kong.response.exit(status, body, headers);
}

function passToken(
  kong: KongPort,
  facts: RequestFacts,
  config: OAuthConfig,
  pass: Pass,
  redemptions: Redemptions,
  word: string | undefined,
): Eventual<void> {
  const { identity } = pass.caller;
  const mapping = config.consumers.get(identity.issuer);
  const found = mapping && findConsumer(kong, identity, mapping);
  return andThen(found, (consumer) => {
    if (mapping?.optional === false && consumer === undefined) return exit(kong, consumerUnknown());
    return passAs(kong, facts, config, pass, consumer, redemptions, word);
  });
}

function passAs(
  kong: KongPort,
  facts: RequestFacts,
  config: OAuthConfig,
  { caller, scheme, nonce }: Pass,
  consumer: Consumer | undefined,
  redemptions: Redemptions,
  word: string | undefined,
): Eventual<void> {
  const passage = tokenPassage(facts.headers, config, caller, consumer);
  const handle = mintHandle(facts, config, caller, scheme, passage, redemptions);
  const last = nonce === undefined ? undefined : kong.response.setHeader('DPoP-Nonce', nonce);
  if (word !== undefined) return tell(kong, word, passage, handle);
  const applied = apply(kong, passage);
  const left = kong.ctx.shared.set(callerHandleKey, handle);
  return allOf([applied instanceof Promise ? applied : undefined, left, last]);
}

/**
 * What this plugin knows, for mcp-aggregate. Where nothing redeems it, all callers have one caller's
 * share together.
 */
function mintHandle(
  { headers, method }: RequestFacts,
  config: OAuthConfig,
  { identity }: VerifiedToken,
  scheme: Scheme,
  { clear }: Passage,
  redemptions: Redemptions,
): string {
  const { passthroughCredentials: passthrough, tokenCacheSize } = config;
  const requestHanded = () => ({ method, headers: handedHeaders(headers, clear) });
  const facts = () => ({
    passthrough,
    authorization: handedAuthorization(config, identity, scheme),
  });
  if (areSeveral(siblings())) {
    // Which worker takes it up is not known.
    const tickets = callerTickets();
    const request = tickets.usual(config.hash) ? requestHanded() : undefined;
    return tickets.mint(config.hash, identity, facts, request);
  }
  const owner = redemptions.none ? config.hash : userKey(identity);
  const request = redemptions.usual && callerHandles.hasRoom(owner) ? requestHanded() : undefined;
  const record = { identity, ...facts(), request, redemptions };
  // What is remembered is not kept for the handle alone.
  const ofToken = tokenCacheSize === 0 ? identityBytes(identity) : 0;
  redemptions.minted();
  return callerHandles.mint(
    'oauth',
    record,
    owner,
    ofToken + (request ? headerBytes(request.headers) : 0),
  );
}

/** One more flush. Nothing is remembered: only Kong knows when a consumer changes. */
async function findConsumer(
  kong: KongPort,
  identity: Identity,
  mapping: ConsumerMapping,
): Promise<Consumer | undefined> {
  const query = consumerQuery(identity, mapping);
  if (query === undefined) return undefined;
  const found = await kong.client.loadConsumer(query.value, query.byUsername);
  return meantConsumer(found, query, mapping.by);
}

async function passAnonymous(
  kong: KongPort,
  facts: RequestFacts,
  config: OAuthConfig,
  name: string,
): Promise<void> {
  const consumer = await kong.client.loadConsumer(name, true);
  if (consumer === null) {
    await kong.log.err('mcp-oauth: no consumer has the id or username given in anonymous');
    return exit(kong, anonymousUnknown());
  }
  return apply(kong, anonymousPassage(facts.headers, config, consumer));
}
