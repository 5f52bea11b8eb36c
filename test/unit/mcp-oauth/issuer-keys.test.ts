import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { setLogLevel } from '../../../lib/log.js';
import { readConfig } from '../../../plugins/mcp-oauth/config.js';
import type { VerifyToken } from '../../../plugins/mcp-oauth/core/verdict.js';
import { newVerifier } from '../../../plugins/mcp-oauth/io/runtimes.js';
import type { RuntimeDependencies } from '../../../plugins/mcp-oauth/io/runtimes.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';
import { epoch, signingKey, signToken } from '../../support/oauth/signing-key.js';
import type { SigningKey } from '../../support/oauth/signing-key.js';
import {
  json,
  keySetPath,
  oauthMetadataPath,
  testIssuer,
} from '../../support/oauth/test-issuer.js';
import type { Handler } from '../../support/oauth/test-issuer.js';

const resource = 'https://mcp.example.com/mcp';
const oidcPath = '/.well-known/openid-configuration';
let first: SigningKey;
let second: SigningKey;

beforeAll(async () => {
  setLogLevel('error');
  [first, second] = await Promise.all([signingKey('ES256', 'one'), signingKey('ES256', 'two')]);
});

afterEach(() => {
  vi.useRealTimers();
});

/** A verifier without token cache, so that each call asks for keys. */
function verifier(
  issuer: string,
  own: Record<string, unknown> = {},
  dependencies: Partial<RuntimeDependencies> = {},
): VerifyToken {
  const config = readConfig(
    pluginConfig({ resource, authorization_servers: [issuer], token_cache_size: 0, ...own }),
  );
  return newVerifier(config, { fetch, now: () => Date.now(), ...dependencies });
}

function token(issuer: string, key = first): Promise<string> {
  return signToken(key, { iss: issuer, aud: resource, sub: 'alice', exp: epoch(36_000) });
}

const unavailable = { kind: 'unavailable' };
const verified = { kind: 'verified' };
const unknown = { kind: 'refused', reason: 'unknown_key' };

describe('fetching', () => {
  it('makes one discovery and one key set fetch for 50 first requests at once', async () => {
    await using issuer = await testIssuer(first);
    const verify = verifier(issuer.url);
    const tokens = await Promise.all(Array.from({ length: 50 }, () => token(issuer.url)));
    const verdicts = await Promise.all(tokens.map(verify));
    expect(verdicts.every(({ kind }) => kind === 'verified')).toBe(true);
    expect(issuer.hits(oauthMetadataPath)).toBe(1);
    expect(issuer.hits(keySetPath)).toBe(1);
  });

  it('asks nobody for a token of an issuer that is not configured', async () => {
    await using issuer = await testIssuer(first);
    await using stranger = await testIssuer(second);
    const verdict = await verifier(issuer.url)(await token(stranger.url, second));
    expect(verdict).toEqual({ kind: 'refused', reason: 'issuer' });
    expect(issuer.hits(keySetPath) + stranger.hits(oauthMetadataPath)).toBe(0);
  });

  it('uses jwks_endpoint without discovery', async () => {
    await using issuer = await testIssuer(first);
    const own = { jwks_endpoint: `${issuer.url}${keySetPath}` };
    expect(await verifier(issuer.url, own)(await token(issuer.url))).toMatchObject(verified);
    expect(issuer.hits(oauthMetadataPath)).toBe(0);
  });

  it('refetches half-way through the lifetime of the keys, in the background', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using issuer = await testIssuer(first);
    const verify = verifier(issuer.url, { jwks_cache_ttl: 100 });
    const mine = await token(issuer.url);
    await verify(mine);
    vi.advanceTimersByTime(49_000);
    await verify(mine);
    expect(issuer.hits(keySetPath)).toBe(1);
    vi.advanceTimersByTime(2_000);
    expect(await verify(mine)).toMatchObject(verified);
    await vi.waitFor(() => expect(issuer.hits(keySetPath)).toBe(2));
  });
});

describe('an unknown kid', () => {
  it('leads to one refetch after the cooldown, however many ask, and then to a refusal', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using issuer = await testIssuer(first);
    const verify = verifier(issuer.url);
    await verify(await token(issuer.url));
    const foreign = await token(issuer.url, second);
    expect(await verify(foreign)).toEqual(unknown);
    expect(issuer.hits(keySetPath)).toBe(1);
    vi.advanceTimersByTime(10_001);
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => verify(foreign)));
    expect(verdicts).toEqual(verdicts.map(() => unknown));
    expect(await verify(foreign)).toEqual(unknown);
    expect(issuer.hits(keySetPath)).toBe(2);
    expect(issuer.hits(oauthMetadataPath)).toBe(1);
  });

  it('of a rotated key is found by that refetch', async () => {
    await using issuer = await testIssuer(first);
    const verify = verifier(issuer.url, {}, { cooldownMs: 0 });
    expect(await verify(await token(issuer.url))).toMatchObject(verified);
    issuer.publish(second);
    expect(await verify(await token(issuer.url, second))).toMatchObject(verified);
    expect(await verify(await token(issuer.url, first))).toEqual(unknown);
  });

  it('does not become a refusal while the refetch fails', async () => {
    await using issuer = await testIssuer(first);
    const verify = verifier(issuer.url, {}, { cooldownMs: 0 });
    await verify(await token(issuer.url));
    issuer.routes.set(keySetPath, json({}, 500));
    expect(await verify(await token(issuer.url, second))).toEqual(unavailable);
    expect(await verify(await token(issuer.url, first))).toMatchObject(verified);
  });
});

const html: Handler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end('<html>Sign in</html>');
};
const huge: Handler = (_request, response) => {
  response.write('{"keys":[],"padding":"');
  const chunk = 'a'.repeat(65_536);
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
};
const silent: Handler = () => undefined;
const dripping: Handler = (_request, response) => {
  response.write('{"keys":[');
};
const cut: Handler = (_request, response) => {
  response.write('{"keys":[');
  response.destroy();
};
const redirecting: Handler = (_request, response) => {
  response.writeHead(302, { location: '/elsewhere' });
  response.end();
};

describe('keys that cannot be had are the gateway’s trouble', () => {
  it.each<[string, Handler]>([
    ['500', json({}, 500)],
    ['HTML', html],
    ['a document without keys', json({ kids: [] })],
    ['keys that are no list', json({ keys: {} })],
    ['a list of nonsense', json({ keys: [1] })],
    ['more keys than anyone has', json({ keys: Array.from({ length: 300 }, () => ({})) })],
    ['an endless document', huge],
    ['nothing', silent],
    ['half a document and silence', dripping],
    ['half a document and a cut', cut],
    ['a redirect', redirecting],
  ])('when the key set is %s, and recover', async (_what, handler) => {
    await using issuer = await testIssuer(first);
    issuer.routes.set('/elsewhere', issuer.routes.get(keySetPath)!);
    issuer.routes.set(keySetPath, handler);
    const verify = verifier(issuer.url, { timeout: 150 }, { retryMs: 0 });
    const mine = await token(issuer.url);
    expect(await verify(mine)).toEqual(unavailable);
    expect(issuer.hits('/elsewhere')).toBe(0);
    issuer.publish(first);
    expect(await verify(mine)).toMatchObject(verified);
  });

  it('when the issuer is down, and its port is asked at most once a second', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using issuer = await testIssuer(first);
    issuer.routes.set(keySetPath, json({}, 503));
    const verify = verifier(issuer.url);
    const mine = await token(issuer.url);
    for (let i = 0; i < 20; i++) expect(await verify(mine)).toEqual(unavailable);
    expect(issuer.hits(keySetPath)).toBe(1);
    vi.advanceTimersByTime(1_001);
    issuer.publish(first);
    expect(await verify(mine)).toMatchObject(verified);
  });

  it('when old keys have outlived their time', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using issuer = await testIssuer(first);
    const verify = verifier(issuer.url, { jwks_cache_ttl: 100 });
    const mine = await token(issuer.url);
    await verify(mine);
    issuer.routes.set(keySetPath, json({}, 500));
    vi.advanceTimersByTime(99_000);
    expect(await verify(mine)).toMatchObject(verified);
    await vi.waitFor(() => expect(issuer.hits(keySetPath)).toBe(2));
    vi.advanceTimersByTime(2_000);
    await vi.waitFor(async () => expect(await verify(mine)).toEqual(unavailable));
  });

  it('waits no longer than the deadline, discovery included', async () => {
    await using issuer = await testIssuer(first);
    const answer = issuer.routes.get(oauthMetadataPath)!;
    issuer.routes.set(oauthMetadataPath, (request, response) => {
      void delay(200).then(() => answer(request, response));
    });
    issuer.routes.set(keySetPath, silent);
    const started = performance.now();
    expect(await verifier(issuer.url, { timeout: 400 })(await token(issuer.url))).toEqual(
      unavailable,
    );
    expect(performance.now() - started).toBeLessThan(590);
  });
});

describe('discovery', () => {
  it('takes OpenID Connect metadata where there is none of RFC 8414', async () => {
    await using issuer = await testIssuer(first);
    issuer.routes.set(oidcPath, issuer.routes.get(oauthMetadataPath)!);
    issuer.routes.delete(oauthMetadataPath);
    expect(await verifier(issuer.url)(await token(issuer.url))).toMatchObject(verified);
  });

  it.each([
    ['/t/one', '/.well-known/oauth-authorization-server/t/one'],
    ['/t/one', '/t/one/.well-known/openid-configuration'],
    ['/t/one/', '/.well-known/oauth-authorization-server/t/one'],
    ['/', '/.well-known/openid-configuration'],
  ])('finds the issuer with path %s at %s', async (path, place) => {
    await using issuer = await testIssuer(first);
    const name = `${issuer.url}${path}`;
    issuer.routes.delete(oauthMetadataPath);
    issuer.routes.set(place, json({ issuer: name, jwks_uri: `${issuer.url}${keySetPath}` }));
    expect(await verifier(name)(await token(name))).toMatchObject(verified);
  });

  it.each<[string, (url: string) => unknown]>([
    ['names another issuer', (url) => ({ issuer: `${url}/`, jwks_uri: `${url}${keySetPath}` })],
    ['has no jwks_uri', (url) => ({ issuer: url })],
    ['has a jwks_uri that is no URL', (url) => ({ issuer: url, jwks_uri: keySetPath })],
    [
      'has a jwks_uri on plain http elsewhere',
      (url) => ({ issuer: url, jwks_uri: 'http://192.0.2.1/k' }),
    ],
    ['has a jwks_uri on a file', (url) => ({ issuer: url, jwks_uri: 'file:///etc/passwd' })],
    ['is null', () => null],
  ])('uses no metadata that %s', async (_what, document) => {
    await using issuer = await testIssuer(first);
    issuer.routes.set(oauthMetadataPath, json(document(issuer.url)));
    const started = performance.now();
    expect(await verifier(issuer.url)(await token(issuer.url))).toEqual(unavailable);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(issuer.hits(keySetPath)).toBe(0);
  });
});
