import { ask, jsonOf, Trouble } from './answers.mjs';
import { discover, originOf } from './discovery.mjs';

const answerBytes = 262_144;
const answerMs = 15_000;
/** How long a visitor may take at the authorization server. */
const pendingMs = 10 * 60_000;
const pendingKey = 'mcp-playground-login';

/**
 * The address that logs the visitor in: authorization code with PKCE (RFC 7636, S256), `state`, and the
 * endpoint as `resource` (RFC 8707). What the way back needs is in `storage` until then: no token.
 * @param page address of this page, without query
 * @param keep what the page wants to find again
 * @throws Trouble
 */
export async function beginLogin({ fetcher, storage, settings, endpoint, challenge, page, keep }) {
  if (globalThis.crypto?.subtle === undefined) throw new Trouble('not_secure');
  const { issuer, server, clientId, scope, resource } = await discover(
    fetcher,
    endpoint,
    challenge,
    settings,
  );
  const client = clientId ?? (await register(fetcher, issuer, server, page, settings));
  const verifier = randomText();
  const state = randomText();
  const pending = {
    state,
    verifier,
    issuer,
    resource,
    page,
    keep,
    client,
    at: Date.now(),
    token: server.token_endpoint,
    revocation: server.revocation_endpoint,
    says: server.authorization_response_iss_parameter_supported === true,
  };
  storage.setItem(pendingKey, JSON.stringify(pending));
  const address = new URL(server.authorization_endpoint);
  const fields = {
    response_type: 'code',
    client_id: client,
    redirect_uri: page,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    resource,
    ...(scope === '' ? {} : { scope }),
    // A fragment reaches no server, and so no log.
    ...(server.response_modes_supported?.includes?.('fragment')
      ? { response_mode: 'fragment' }
      : {}),
  };
  for (const [name, value] of Object.entries(fields)) address.searchParams.set(name, value);
  return address.href;
}

/** What came back in this address of the page, if anything did. */
export function returned({ search, hash }) {
  for (const text of [search.slice(1), hash.slice(1)]) {
    const found = new URLSearchParams(text);
    if (found.has('state') && (found.has('code') || found.has('error'))) return found;
  }
  return undefined;
}

/**
 * Makes a token of what came back.
 * @throws Trouble where it is not the answer to what this page began
 */
export async function endLogin({ fetcher, storage, answer, now = Date.now() }) {
  const text = storage.getItem(pendingKey);
  storage.removeItem(pendingKey);
  const pending = text === null ? undefined : JSON.parse(text);
  const known = pending !== undefined && now - pending.at <= pendingMs;
  if (!known || answer.get('state') !== pending.state) throw new Trouble('login_unknown');
  const said = answer.get('iss');
  // RFC 9207: another server's answer, or one that hides who gave it.
  if (said === null ? pending.says : said !== pending.issuer) {
    throw new Trouble('issuer_mixed_up', { issuer: pending.issuer, said: said ?? 'nothing' });
  }
  if (answer.has('error')) {
    const description = answer.get('error_description') ?? '';
    throw new Trouble('login_refused', { error: answer.get('error'), description });
  }
  const token = await redeem(fetcher, pending, answer.get('code'));
  return { ...pending, ...token };
}

async function redeem(fetcher, { token, page, client, verifier, resource }, code) {
  const granted = await post(fetcher, token, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: page,
    client_id: client,
    code_verifier: verifier,
    resource,
  });
  if (typeof granted.access_token !== 'string' || !/^bearer$/i.test(granted.token_type ?? '')) {
    throw new Trouble('no_token', { type: String(granted.token_type) });
  }
  const seconds = Number(granted.expires_in);
  const until = Number.isFinite(seconds) ? Date.now() + seconds * 1_000 : undefined;
  return { accessToken: granted.access_token, until };
}

/** Tells the authorization server that a token is wanted no more (RFC 7009), as far as it listens. */
export async function revoke(fetcher, { issuer, revocation, client, accessToken }) {
  if (originOf(revocation) !== originOf(issuer) || originOf(issuer) === '') return;
  const fields = { token: accessToken, token_type_hint: 'access_token', client_id: client };
  await send(fetcher, revocation, fields).catch(() => undefined);
}

/** A public client of this page's own (RFC 7591). */
async function register(fetcher, issuer, server, page, settings) {
  const address = server.registration_endpoint;
  const origins = [issuer, ...(settings.logins.find((one) => one.issuer === issuer)?.also ?? [])];
  if (!origins.map(originOf).includes(originOf(address))) {
    throw new Trouble('no_registration', { issuer, page });
  }
  const answer = await ask(fetcher, address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(answerMs),
    body: JSON.stringify({
      client_name: 'MCP gateway playground',
      redirect_uris: [page],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    }),
  });
  const made = await jsonOf(answer, answerBytes);
  if (!answer.ok || typeof made?.client_id !== 'string') {
    const { error, error_description: description } = made ?? {};
    throw new Trouble('registration_refused', { issuer, page, error, description });
  }
  return made.client_id;
}

async function post(fetcher, address, fields) {
  const answer = await send(fetcher, address, fields);
  const said = await jsonOf(answer, answerBytes);
  if (answer.ok && said !== null && typeof said === 'object') return said;
  const { error, error_description: description } = said ?? {};
  throw new Trouble('token_refused', { status: answer.status, error, description });
}

const send = (fetcher, address, fields) =>
  ask(fetcher, address, {
    method: 'POST',
    body: new URLSearchParams(fields),
    signal: AbortSignal.timeout(answerMs),
  });

function randomText() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challengeOf(verifier) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
