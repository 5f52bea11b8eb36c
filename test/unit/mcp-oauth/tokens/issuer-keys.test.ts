import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { setLogLevel } from '../../../../lib/log.js';
import { signingKey } from '../../../support/oauth/signing-key.js';
import type { SigningKey } from '../../../support/oauth/signing-key.js';
import {
  json,
  keySetPath,
  oauthMetadataPath,
  testIssuer,
} from '../../../support/oauth/test-issuer.js';
import type { Handler } from '../../../support/oauth/test-issuer.js';
import { goodToken, uncachedVerifier } from '../../../support/oauth/uncached-verifier.js';

let first: SigningKey;
let second: SigningKey;

beforeAll(async () => {
  setLogLevel('error');
  [first, second] = await Promise.all([signingKey('ES256', 'one'), signingKey('ES256', 'two')]);
});

afterEach(() => {
  vi.useRealTimers();
});

const verifier = uncachedVerifier;
const token = (issuer: string, key = first) => goodToken(issuer, key);
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
  it('leads to one refetch per cooldown, however many ask, and then to a refusal', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using issuer = await testIssuer(first);
    const verify = verifier(issuer.url);
    await verify(await token(issuer.url));
    const foreign = await token(issuer.url, second);
    for (const refetches of [1, 2]) {
      const verdicts = await Promise.all(Array.from({ length: 20 }, () => verify(foreign)));
      expect(verdicts).toEqual(verdicts.map(() => unknown));
      expect(await verify(foreign)).toEqual(unknown);
      vi.advanceTimersByTime(9_999);
      expect(await verify(foreign)).toEqual(unknown);
      expect(issuer.hits(keySetPath)).toBe(1 + refetches);
      vi.advanceTimersByTime(2);
    }
    expect(issuer.hits(oauthMetadataPath)).toBe(1);
  });

  it('of a rotated key is found by that refetch', async () => {
    await using issuer = await testIssuer(first);
    const verify = verifier(issuer.url);
    expect(await verify(await token(issuer.url))).toMatchObject(verified);
    issuer.publish(second);
    expect(await verify(await token(issuer.url, second))).toMatchObject(verified);
    expect(await verify(await token(issuer.url, first))).toEqual(unknown);
  });

  it('does not become a refusal while the refetch fails', async () => {
    await using issuer = await testIssuer(first);
    const verify = verifier(issuer.url);
    await verify(await token(issuer.url));
    issuer.routes.set(keySetPath, json({}, 500));
    for (let i = 0; i < 3; i++) {
      expect(await verify(await token(issuer.url, second))).toEqual(unavailable);
    }
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
const oversized: Handler = (...exchange) => {
  json({ keys: [first.jwk], padding: 'a'.repeat(1_048_576) })(...exchange);
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
  // A short deadline only where it is the deadline that ends the wait.
  it.each<[string, Handler, number?]>([
    ['500', json({}, 500)],
    ['500 with good keys in it', (...exchange) => json({ keys: [first.jwk] }, 500)(...exchange)],
    ['good keys and a megabyte more', oversized],
    ['HTML', html],
    ['a document without keys', json({ kids: [] })],
    ['keys that are no list', json({ keys: {} })],
    ['a list of nonsense', json({ keys: [1] })],
    ['more keys than anyone has', json({ keys: Array.from({ length: 300 }, () => ({})) })],
    ['an endless document', huge],
    ['nothing', silent, 150],
    ['half a document and silence', dripping, 150],
    ['half a document and a cut', cut],
    ['a redirect', redirecting],
  ])('when the key set is %s, and recover', async (_what, handler, timeout = 5_000) => {
    await using issuer = await testIssuer(first);
    issuer.routes.set('/elsewhere', issuer.routes.get(keySetPath)!);
    issuer.routes.set(keySetPath, handler);
    const verify = verifier(issuer.url, { timeout }, { retryMs: 0 });
    const mine = await token(issuer.url);
    const started = performance.now();
    expect(await verify(mine)).toEqual(unavailable);
    expect(performance.now() - started).toBeLessThan(4_500);
    expect(issuer.hits('/elsewhere')).toBe(0);
    issuer.publish(first);
    await vi.waitFor(async () => expect(await verify(mine)).toMatchObject(verified));
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
    const verify = verifier(issuer.url, { jwks_cache_ttl: 100, jwks_stale_ttl: 0 });
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
      void delay(700).then(() => answer(request, response));
    });
    issuer.routes.set(keySetPath, silent);
    const started = performance.now();
    expect(await verifier(issuer.url, { timeout: 1000 })(await token(issuer.url))).toEqual(
      unavailable,
    );
    expect(performance.now() - started).toBeLessThan(1_650);
  });
});
