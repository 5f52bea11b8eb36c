import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProviderDouble } from '../../support/authorization-server/providers/double.js';
import type { ProviderDouble } from '../../support/authorization-server/providers/double.js';
import { startEchoUpstream } from '../../support/gateway/echo-upstream.js';
import type { EchoUpstream } from '../../support/gateway/echo-upstream.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { authorizeCases, registerCases, tokenCases } from '../../support/hostile/facade-cases.js';
import { sendRaw } from '../../support/hostile/raw-http.js';
import {
  authorizeQuery,
  callback,
  challenge,
  tokenForm,
  verifier,
} from '../../support/oauth/facade-rig.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { facadeEndpoint } from '../../support/rig/facade-endpoint.js';
import { fileLog } from '../../support/rig/services.js';

const scope = 'mcp:tools';
const origin = { origin: 'https://app.example' };

/** What strangers send to a facade, through the gateway. */
describe('a facade before strangers', () => {
  let gateway: Gateway;
  let upstream: EchoUpstream;
  const doubles: ProviderDouble[] = [];
  const secrets: string[] = [];
  let port: number;
  const at = (path: string) => `http://127.0.0.1:${port}${path}`;

  /** An endpoint with a facade in front of a double of its own. */
  async function service(name: string, facade: object, more: object = {}): Promise<object> {
    const resource = at(`/${name}`);
    const double = await startProviderDouble('entra-id', resource, [scope]);
    doubles.push(double);
    secrets.push(double.clientSecret ?? '');
    const own = { provider: 'entra-id', client_id: double.clientId };
    return facadeEndpoint({
      name,
      path: `/${name}`,
      oauth: {
        resource,
        authorization_servers: [double.issuer],
        extra_audiences: ['x'],
        facade: { ...own, client_secret: double.clientSecret, ...facade },
      },
      ...more,
    });
  }

  const limited = {
    plugins: [{ name: 'rate-limiting', config: { hour: 3, policy: 'local', limit_by: 'ip' } }],
  };

  beforeAll(async () => {
    port = await freePort();
    upstream = await startEchoUpstream();
    const unset = { client_secret: '{vault://env/no-such-secret}' };
    const services = [
      await service(
        'a',
        { serve_root: true },
        { root: true, aggregate: { servers: [{ name: 'x', url: upstream.url }] } },
      ),
      await service('b', {}),
      await service('plain', {}, { url: `${upstream.url}/somewhere` }),
      await service('limited', {}, limited),
      await service('unset', unset),
      await service('down', {}),
    ];
    await doubles.at(-1)?.close();
    gateway = await startGateway({
      port,
      declarative: (places) => ({ services, plugins: [fileLog(places)] }),
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all(doubles.slice(0, -1).map((double) => double.close()));
    await upstream?.close();
  });

  const own = (name: string) => ({ client_id: 'desktop-clients', resource: at(`/${name}`) });
  const authorize = (name: string, changed = {}, more = '') =>
    fetch(`${at(`/${name}`)}/authorize?${authorizeQuery({ ...own(name), ...changed })}${more}`, {
      redirect: 'manual',
      headers: origin,
    });
  const token = (name: string, changed = {}, more = '') =>
    fetch(`${at(`/${name}`)}/token`, {
      method: 'POST',
      body: `${tokenForm({ ...own(name), ...changed })}${more}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...origin },
    });
  const register = (name: string, body: string) =>
    fetch(`${at(`/${name}`)}/register`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...origin },
    });

  /** An error of the RFCs, readable in a browser, that leads nowhere and tells nothing. */
  async function expectError(answer: Response, status: number, error: string): Promise<void> {
    const body = await answer.text();
    expect([answer.status, (JSON.parse(body) as { error?: string }).error]).toEqual([
      status,
      error,
    ]);
    expect(answer.headers.get('location')).toBeNull();
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(secrets.filter((secret) => body.includes(secret))).toEqual([]);
  }

  it.each(authorizeCases)('/authorize refuses %s', async (_what, changed, more, error) => {
    await expectError(await authorize('a', changed, more), 400, error);
  });

  it.each(tokenCases)('/token refuses %s', async (_what, changed, more, status, error) => {
    await expectError(await token('a', changed, more), status, error);
  });

  it.each(registerCases)('/register refuses %s', async (_what, body, error) => {
    await expectError(await register('a', body), 400, error);
  });

  it('two facades of one host are not taken for each other', async () => {
    await expectError(await authorize('b', { resource: at('/a') }), 400, 'invalid_target');
    await expectError(await token('b', { resource: at('/a') }), 400, 'invalid_target');
    const asked = doubles.map(({ asked: all }) => all.length);
    const [a, b] = await Promise.all(['a', 'b'].map((name) => authorize(name)));
    const places = [a, b].map((answer) => new URL(answer?.headers.get('location') ?? '').origin);
    expect(places).toEqual(doubles.slice(0, 2).map(({ issuer }) => new URL(issuer).origin));
    for (const name of ['a', 'b']) {
      const path = `/.well-known/oauth-authorization-server/${name}`;
      const document = (await (await fetch(at(path))).json()) as Record<string, string>;
      expect(document['issuer']).toBe(at(`/${name}`));
      expect(document['token_endpoint']).toBe(at(`/${name}/token`));
    }
    expect(asked).toHaveLength(6);
  });

  it('what a header would be split by stays within its parameter', async () => {
    const answer = await authorize('a', { state: 'x\r\nSet-Cookie: stolen=1' });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('set-cookie')).toBeNull();
    const location = new URL(answer.headers.get('location') ?? '');
    expect(location.searchParams.get('state')).toBe('x\r\nSet-Cookie: stolen=1');
    expect(location.searchParams.has('resource')).toBe(false);
  });

  it.each([
    ['GET', '/a/token'],
    ['POST', '/a/authorize'],
    ['DELETE', '/a/register'],
    ['PUT', '/.well-known/oauth-authorization-server/a'],
  ])('%s %s is the wrong method', async (method, path) => {
    const answer = await fetch(at(path), { method, headers: origin });
    expect(answer.headers.get('allow')).toContain('OPTIONS');
    await expectError(answer, 405, 'method_not_allowed');
  });

  it('another spelling of a path is no path of the facade', async () => {
    for (const target of ['/a/%74oken', '/a//token', '/x/../a/token']) {
      const { status } = await sendRaw(at('/a/token'), { method: 'POST', target, body: 'x=1' });
      expect([401, 404]).toContain(status);
    }
  });

  it('a host of another name gets what is configured, never its own name', async () => {
    const { body } = await sendRaw(at('/a'), {
      method: 'GET',
      target: '/.well-known/oauth-authorization-server/a',
      lines: ['Host: evil.example'],
    });
    expect(body).not.toContain('evil.example');
    expect(body).toContain(at('/a/token'));
  });

  it('every path answers a preflight, for any page', async () => {
    const paths = ['/a/token', '/a/register', '/a/revoke', '/a/authorize', '/token'];
    for (const path of [...paths, '/.well-known/oauth-authorization-server/a']) {
      const headers = { ...origin, 'access-control-request-method': 'POST' };
      const answer = await fetch(at(path), { method: 'OPTIONS', headers });
      expect(answer.status).toBe(204);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('access-control-allow-headers')).toContain('Authorization');
    }
  });

  it('the root is its that claims it', async () => {
    const answer = await fetch(at('/.well-known/oauth-authorization-server'));
    const document = (await answer.json()) as Record<string, string>;
    expect(document).toMatchObject({
      issuer: at(''),
      token_endpoint: at('/a/token'),
      code_challenge_methods_supported: ['S256'],
    });
    const query = authorizeQuery({ ...own('a'), resource: undefined });
    const redirected = await fetch(`${at('/authorize')}?${query}`, { redirect: 'manual' });
    expect(redirected.status).toBe(302);
  });

  it('a plain Service gets nothing of the login', async () => {
    const before = upstream.count;
    const answer = await authorize('plain');
    expect(answer.status).toBe(302);
    expect((await register('plain', JSON.stringify({ redirect_uris: [callback] }))).status).toBe(
      201,
    );
    expect(upstream.count).toBe(before);
  });

  it('Kong’s rate limiting holds for it', async () => {
    const statuses: number[] = [];
    // Kong counts in a timer, a moment later.
    const limit = async () => {
      statuses.push((await register('limited', '{}')).status);
      return statuses.at(-1) === 429;
    };
    await until(limit, { what: 'no limit' });
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([400]));
    expect(statuses.length).toBeGreaterThan(3);
  });

  it('a provider that is down is 503, and a registration needs none', async () => {
    await expectError(await token('down'), 503, 'temporarily_unavailable');
    await expectError(await authorize('down'), 503, 'temporarily_unavailable');
    const metadata = await fetch(at('/.well-known/oauth-authorization-server/down'));
    await expectError(metadata, 503, 'temporarily_unavailable');
    expect((await register('down', JSON.stringify({ redirect_uris: [callback] }))).status).toBe(
      201,
    );
  });

  it('a secret that is configured and has no value serves nothing, and says so to the operator', async () => {
    const answer = await token('unset');
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toMatch(/secret|facade/);
    expect(gateway.logText()).toContain('facade.client_secret');
  });

  it('the door serves nobody without a ticket, nor twice', async () => {
    const line = gateway
      .fileLogLines()
      .find((one) => JSON.stringify(one).includes('x-mcp-door-ticket'));
    const request = line?.['request'] as { headers: Record<string, string> };
    const ticket = request.headers['x-mcp-door-ticket'] ?? '';
    expect(ticket).not.toBe('');
    const shown = { 'x-mcp-door-ticket': ticket, 'content-type': 'application/json' };
    const answer = await fetch(at('/a/register'), { method: 'POST', body: '{}', headers: shown });
    await expectError(answer, 400, 'invalid_redirect_uri');
    const tries = line?.['tries'] as { ip: string; port: number }[] | undefined;
    const place = tries?.[0];
    if (place === undefined) return;
    const direct = await fetch(`http://${place.ip}:${place.port}/a/register`, {
      method: 'POST',
      body: '{}',
      headers: shown,
    });
    expect(direct.status).toBe(403);
  });

  it('no secret, code or verifier stands in a log', () => {
    const logs = gateway.logText() + JSON.stringify(gateway.fileLogLines());
    expect(secrets.every((secret) => secret !== '')).toBe(true);
    for (const word of [...secrets, verifier]) expect(logs).not.toContain(word);
    // What stands in the query of /authorize is Kong's to log.
    expect(challenge).not.toBe(verifier);
  });
});
