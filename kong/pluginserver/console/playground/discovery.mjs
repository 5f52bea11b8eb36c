import { ask, jsonOf, Trouble } from './answers.mjs';

const documentBytes = 262_144;
const answerMs = 15_000;

/**
 * Finds out where an endpoint's visitor logs in (RFC 9728, then RFC 8414 or OpenID Connect Discovery).
 * What is found counts only where the configuration names it too.
 * @param settings what this page may call
 * @throws Trouble
 */
export async function discover(fetcher, endpoint, challenge, settings) {
  const resource = await resourceMetadata(fetcher, endpoint, challenge?.metadata);
  const named = texts(resource.authorization_servers);
  const allowed = new Map(settings.logins.map((login) => [login.issuer, login]));
  // An endpoint that is its own authorization server (facade) needs no entry.
  for (const own of settings.endpoints) if (!allowed.has(own)) allowed.set(own, { also: [] });
  const issuer = named.find((one) => allowed.has(one));
  if (issuer === undefined) throw new Trouble('issuer_not_allowed', { named });
  const { clientId, also } = allowed.get(issuer);
  const server = await serverMetadata(fetcher, issuer, [new URL(issuer).origin, ...also]);
  const scope = challenge?.scope ?? texts(resource.scopes_supported).join(' ');
  return { issuer, server, clientId, scope, resource: endpoint };
}

async function resourceMetadata(fetcher, endpoint, told) {
  const { origin, pathname } = new URL(endpoint);
  const wellKnown = `${origin}/.well-known/oauth-protected-resource`;
  const own = told !== undefined && originOf(told) === origin ? [told] : [];
  const places = [...own, wellKnown + (pathname === '/' ? '' : pathname), wellKnown];
  const found = await first(fetcher, [...new Set(places)]);
  if (found === undefined) throw new Trouble('no_resource_metadata', { endpoint });
  // RFC 9728, 3.3: else the token would be for somebody else.
  if (found.resource !== endpoint) {
    throw new Trouble('resource_differs', { endpoint, resource: String(found.resource) });
  }
  return found;
}

async function serverMetadata(fetcher, issuer, origins) {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const found = await first(fetcher, [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]);
  if (found === undefined) throw new Trouble('no_server_metadata', { issuer });
  if (found.issuer !== issuer) {
    throw new Trouble('issuer_differs', { issuer, said: String(found.issuer) });
  }
  if (!texts(found.code_challenge_methods_supported).includes('S256')) {
    throw new Trouble('no_pkce', { issuer });
  }
  for (const member of ['authorization_endpoint', 'token_endpoint']) {
    if (!origins.includes(originOf(found[member]))) {
      throw new Trouble('elsewhere', { issuer, member, address: String(found[member]) });
    }
  }
  return found;
}

/** The first of these documents that is there. */
async function first(fetcher, places) {
  for (const place of places) {
    const signal = AbortSignal.timeout(answerMs);
    const headers = { accept: 'application/json' };
    const answer = await ask(fetcher, place, { headers, signal });
    if (answer.ok) {
      const found = await jsonOf(answer, documentBytes);
      if (found !== null && typeof found === 'object') return found;
    } else await answer.body?.cancel();
  }
  return undefined;
}

/** Empty for what no token may be sent to: `javascript:` has no origin, too. */
export function originOf(address) {
  if (typeof address !== 'string' || !URL.canParse(address)) return '';
  const { origin, protocol } = new URL(address);
  return protocol === 'https:' || protocol === 'http:' ? origin : '';
}

const texts = (value) =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
