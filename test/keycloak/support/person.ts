import { createHash, randomBytes } from 'node:crypto';
import { browse } from '../../support/authorization-server/headless-browser.js';
import type { FilledForm, FillForm } from '../../support/authorization-server/headless-browser.js';
import { publicClient, realmName } from './realm.js';

/** A person at Keycloak's pages: signs in, and consents where a client needs it. */
export function atKeycloak(username: string, password: string): FillForm {
  return (page): FilledForm | undefined => {
    const login = formOf(page, 'kc-form-login');
    if (login !== undefined) {
      return { ...login, fields: { username, password, credentialId: '' } };
    }
    const consent = formOf(page, 'kc-oauth');
    return consent && { ...consent, fields: { ...consent.fields, accept: 'Yes' } };
  };
}

/** The form with this id, or the first one after an element with it. */
function formOf(page: string, id: string): FilledForm | undefined {
  const at = page.indexOf(`id="${id}"`);
  if (at < 0) return undefined;
  const opening = page.lastIndexOf('<', at);
  const start = page.startsWith('<form', opening) ? opening : page.indexOf('<form', at);
  const form = page.slice(start, page.indexOf('</form>', start));
  const action = /^<form[^>]* action="([^"]+)"/.exec(form)?.[1];
  if (action === undefined) return undefined;
  const hidden = form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  const fields = Object.fromEntries([...hidden].map(([, name, value]) => [name, value]));
  return { action: action.replaceAll('&amp;', '&'), fields };
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

const redirectUri = 'http://127.0.0.1:43117/callback';

/** Alice logs in with the realm's public client: authorization code with PKCE, by hand. */
export async function aliceLogsIn(keycloak: string, scope: string): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const authorize = new URL(`${keycloak}/realms/${realmName}/protocol/openid-connect/auth`);
  authorize.search = new URLSearchParams({
    client_id: publicClient,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const answer = await browse(authorize, redirectUri, atKeycloak('alice', 'alice'));
  if (answer.get('state') !== state) throw new Error('the state came back changed');
  return tokens(keycloak, {
    grant_type: 'authorization_code',
    client_id: publicClient,
    redirect_uri: redirectUri,
    code: answer.get('code') ?? '',
    code_verifier: verifier,
  });
}

/** @throws Error with Keycloak's words where it refuses */
export async function tokens(keycloak: string, form: Record<string, string>): Promise<Tokens> {
  const at = `${keycloak}/realms/${realmName}/protocol/openid-connect/token`;
  const response = await fetch(at, { method: 'POST', body: new URLSearchParams(form) });
  if (!response.ok) throw new Error(`no token: ${response.status} ${await response.text()}`);
  return (await response.json()) as Tokens;
}

/** The public client withdraws one of its access tokens (RFC 7009). */
export async function revoke(keycloak: string, token: string): Promise<void> {
  const at = `${keycloak}/realms/${realmName}/protocol/openid-connect/revoke`;
  const form = { client_id: publicClient, token, token_type_hint: 'access_token' };
  const response = await fetch(at, { method: 'POST', body: new URLSearchParams(form) });
  if (!response.ok) throw new Error(`not revoked: ${response.status} ${await response.text()}`);
}
