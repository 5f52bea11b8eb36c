import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowserRig } from '../../support/browser/browser-rig.js';
import type { BrowserRig } from '../../support/browser/browser-rig.js';
import { chromiumMissing, inChromium } from '../../support/browser/chromium.js';

interface Asked {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const json = { 'content-type': 'application/json', 'mcp-protocol-version': '2025-11-25' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const basic = { ...form, authorization: 'Basic YTpi' };
const initialize = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} });
const client = (uri: string) => JSON.stringify({ redirect_uris: [uri] });

/** Path, what is asked of it, and what a page can read of the answer. */
const facade: [string, Omit<Asked, 'path'>, number, string][] = [
  ['/.well-known/oauth-protected-resource/E', { headers: json }, 200, 'authorization_servers'],
  ['/.well-known/oauth-authorization-server/E', { headers: json }, 200, '/E/token'],
  ['/.well-known/openid-configuration/E', { headers: json }, 200, '/E/token'],
  ['/E/.well-known/openid-configuration', { headers: json }, 200, '/E/token'],
  ['/E/register', post(json, client('http://localhost/callback')), 201, 'client_id'],
  ['/E/register', post(json, client('https://elsewhere.example')), 400, 'invalid_redirect_uri'],
  ['/E/register', { headers: json }, 405, 'method_not_allowed'],
  ['/E/authorize?client_id=x', {}, 400, 'unsupported_response_type'],
  ['/E/token', post(form, 'grant_type=authorization_code&client_id=x'), 401, 'invalid_client'],
  ['/E/token', post(basic, 'grant_type=client_credentials'), 401, 'invalid_client'],
  ['/E/token', {}, 405, 'method_not_allowed'],
  ['/E/revoke', post(basic, 'token=x'), 404, 'not_found'],
  ['/E/revoke', post(form, ''), 400, 'invalid_request'],
];

const bare: typeof facade = [
  ['/E/jwks', { headers: json }, 200, 'keys'],
  ['/.well-known/oauth-authorization-server', { headers: json }, 200, '/token'],
  ['/.well-known/openid-configuration', { headers: json }, 200, '/token'],
  ['/register', post(json, client('http://localhost/callback')), 201, 'client_id'],
  ['/token', post(basic, 'grant_type=client_credentials'), 401, 'invalid_client'],
  ['/authorize', {}, 400, 'unsupported_response_type'],
];

/** Chromium decides what a page of another origin may send and read. */
describe.skipIf(chromiumMissing !== undefined)(inChromium('paths of a facade in a browser'), () => {
  let rig: BrowserRig;
  let page: Page;
  let foreign: Page;
  beforeAll(async () => {
    rig = await startBrowserRig();
    [page, foreign] = await Promise.all([rig.chromium.page(), rig.chromium.page()]);
    await page.goto(`${rig.client.origin}/blank`);
    await foreign.goto(`${rig.client.origin.replace('localhost', '127.0.0.1')}/blank`);
  });
  afterAll(() => rig?.close());

  const read = (from: Page, { path, ...init }: Asked) =>
    from.evaluate(
      async ([url, options]) => {
        const answer = await fetch(url, options);
        return {
          status: answer.status,
          challenge: answer.headers.get('www-authenticate'),
          text: await answer.text(),
        };
      },
      [rig.gateway.at(path), init] as const,
    );
  const named = (text: string, name: string) => text.replace(/\bE\b/, name);

  describe.each(['answered', 'proxied', 'bare'])('%s', (name) => {
    it.each(facade)('%s %j can be read: %i %s', async (path, init, status, text) => {
      const seen = await read(page, { path: named(path, name), ...init });
      const expected = expect.stringContaining(named(text, name)) as string;
      expect(seen).toMatchObject({ status, text: expected });
    });
  });

  it.each(bare)(
    'bare: %s %j can be read by any origin: %i %s',
    async (path, init, status, text) => {
      const seen = await read(foreign, { path: named(path, 'bare'), ...init });
      expect(seen).toMatchObject({ status, text: expect.stringContaining(text) as string });
    },
  );

  it.each(['answered', 'proxied'])('the challenge of /%s can be read', async (name) => {
    for (const token of ['', 'Bearer wrong']) {
      const headers = { ...json, ...(token === '' ? {} : { authorization: token }) };
      const seen = await read(page, { path: `/${name}`, ...post(headers, initialize) });
      expect(seen).toMatchObject({
        status: 401,
        challenge: expect.stringContaining(
          `/.well-known/oauth-protected-resource/${name}"`,
        ) as string,
      });
    }
  });

  it('an endpoint is read by no origin that the cors plugin does not name', async () => {
    const asked = { path: '/answered', ...post(json, initialize) };
    await expect(read(foreign, asked)).rejects.toThrow('Failed to fetch');
    await expect(read(page, { ...asked, path: '/bare' })).rejects.toThrow('Failed to fetch');
  });
});

function post(headers: Readonly<Record<string, string>>, body: string) {
  return { method: 'POST', headers, body };
}
