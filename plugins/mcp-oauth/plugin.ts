import { callerHandleKey, callerHandles } from '../../lib/handles.js';
import type { HeaderRecord } from '../../lib/http/single-header.js';
import type { KongPort } from '../../lib/kong-port.js';
import type { OAuthKongConfig } from '../../schema/mcp-oauth.js';
import { readConfig } from './config.js';
import { authenticate, maxHeaderLines } from './core/authenticate.js';
import type { RequestFacts } from './core/authenticate.js';
import { headersToClear } from './core/identity-headers.js';
import type { OAuthConfig } from './core/oauth-config.js';
import type { VerifiedToken } from './core/verdict.js';
import { requireFailClosedHost } from './host-guard.js';
import { Runtimes } from './io/runtimes.js';

const runtimes = new Runtimes({ fetch: (...request) => fetch(...request), now: () => Date.now() });

/** Makes a route an OAuth 2.1 protected resource. */
export class Plugin {
  readonly #config: OAuthConfig;

  /** @throws ConfigError on a configuration that cannot work; Error under a host that fails open */
  constructor(kongConfig: OAuthKongConfig & Readonly<Record<string, unknown>>) {
    requireFailClosedHost();
    this.#config = readConfig(kongConfig);
  }

  /** Two flushes: what the request says, then what follows from it. */
  async access(kong: KongPort): Promise<void> {
    const facts = await gather(kong);
    const verify = runtimes.verifierFor(this.#config);
    const decision = await authenticate(facts, this.#config, verify);
    if (decision.kind === 'reply') {
      const { status, body, headers } = decision.reply;
      return kong.response.exit(status, body, headers);
    }
    return pass(kong, facts, this.#config, decision.caller);
  }
}

async function gather(kong: KongPort): Promise<RequestFacts> {
  const [headers, method, target] = await Promise.all([
    kong.request.getHeaders(maxHeaderLines),
    kong.request.getMethod(),
    kong.request.getPathWithQuery(),
  ]);
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  return { headers, method, path, rawQuery: query < 0 ? '' : target.slice(query + 1) };
}

async function pass(
  kong: KongPort,
  facts: RequestFacts,
  config: OAuthConfig,
  caller: VerifiedToken,
): Promise<void> {
  const { identity, headers, credentialId } = caller;
  const own = config.claimHeaders.map(({ header }) => header);
  const cleared = headersToClear(facts.headers, own);
  const request = { method: facts.method, headers: without(facts.headers, cleared) };
  const handle = callerHandles.mint('oauth', { identity, request });
  await Promise.all([
    ...cleared.map((name) => kong.service.request.clearHeader(name)),
    ...(Object.keys(headers).length > 0 ? [kong.service.request.setHeaders(headers)] : []),
    kong.ctx.shared.set(callerHandleKey, handle),
    kong.client.authenticate({ credential: { id: credentialId } }),
  ]);
}

function without(headers: HeaderRecord, names: readonly string[]): HeaderRecord {
  const left = { ...headers };
  for (const name of names) delete left[name];
  return left;
}
