import { beforeAll, describe, expect, it, vi } from 'vitest';
import { setLogLevel } from '../../../../lib/log.js';
import { signingKey } from '../../../support/oauth/signing-key.js';
import type { SigningKey } from '../../../support/oauth/signing-key.js';
import {
  json,
  keySetPath,
  oauthMetadataPath,
  testIssuer,
} from '../../../support/oauth/test-issuer.js';
import { goodToken, uncachedVerifier } from '../../../support/oauth/uncached-verifier.js';

let mine: SigningKey;
let theirs: SigningKey;

beforeAll(async () => {
  setLogLevel('error');
  // The same kid: nothing but the issuer tells them apart.
  [mine, theirs] = await Promise.all([signingKey('ES256', 'k1'), signingKey('ES256', 'k1')]);
});

const verified = { kind: 'verified' };
const unavailable = { kind: 'unavailable' };
const refused = (reason: string) => ({ kind: 'refused', reason });
const inline = (...keys: readonly SigningKey[]) =>
  JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });

describe('several issuers', () => {
  it('verify with their own keys only, wherever those come from', async () => {
    await using a = await testIssuer(mine);
    await using b = await testIssuer(theirs);
    const c = 'https://c.example.com';
    const own = await signingKey('ES256', 'k1');
    const issuers = [
      { issuer: b.url, jwks_endpoint: `${b.url}${keySetPath}` },
      { issuer: c, jwks: inline(own) },
    ];
    const verify = uncachedVerifier(a.url, { issuers });
    const keys = [
      [a.url, mine],
      [b.url, theirs],
      [c, own],
    ] as const;
    for (const [issuer] of keys) {
      for (const [of, key] of keys) {
        const verdict = await verify(await goodToken(issuer, key));
        expect(verdict).toMatchObject(of === issuer ? verified : refused('signature'));
      }
    }
    expect(b.hits(oauthMetadataPath)).toBe(0);
  });

  it('do not answer for one another when one is down', async () => {
    await using a = await testIssuer(mine);
    await using b = await testIssuer(theirs);
    b.routes.clear();
    const verify = uncachedVerifier(a.url, { authorization_servers: [a.url, b.url] });
    expect(await verify(await goodToken(b.url, theirs))).toEqual(unavailable);
    expect(await verify(await goodToken(a.url, mine))).toMatchObject(verified);
  });

  it.each(['', '/'])('are told apart by a trailing slash: configured is %j', async (slash) => {
    await using server = await testIssuer(mine);
    const [issuer, other] = slash ? [`${server.url}/`, server.url] : [server.url, `${server.url}/`];
    const issuers = [{ issuer, jwks_endpoint: `${server.url}${keySetPath}` }];
    const verify = uncachedVerifier(issuer, { issuers });
    expect(await verify(await goodToken(issuer, mine))).toMatchObject(verified);
    expect(await verify(await goodToken(other, mine))).toEqual(refused('issuer'));
  });

  it('may be two by a trailing slash, each with its key', async () => {
    const issuer = 'https://as.example.com';
    const issuers = [
      { issuer, jwks: inline(mine) },
      { issuer: `${issuer}/`, jwks: inline(theirs) },
    ];
    const verify = uncachedVerifier(issuer, { issuers });
    expect(await verify(await goodToken(issuer, mine))).toMatchObject(verified);
    expect(await verify(await goodToken(`${issuer}/`, theirs))).toMatchObject(verified);
    expect(await verify(await goodToken(`${issuer}/`, mine))).toEqual(refused('signature'));
  });
});

describe('metadata_discovery_endpoint', () => {
  it('is where the metadata is looked for, and nowhere else', async () => {
    await using server = await testIssuer(mine);
    const place = '/metadata?tenant=1';
    server.routes.set(place, server.routes.get(oauthMetadataPath)!);
    const own = { metadata_discovery_endpoint: `${server.url}${place}` };
    const verdict = await uncachedVerifier(server.url, own)(await goodToken(server.url, mine));
    expect(verdict).toMatchObject(verified);
    expect([server.hits(place), server.hits(oauthMetadataPath)]).toEqual([1, 0]);
  });

  it('must name the issuer', async () => {
    await using server = await testIssuer(mine);
    const issuer = 'https://as.example.com';
    const own = { metadata_discovery_endpoint: `${server.url}${oauthMetadataPath}` };
    expect(await uncachedVerifier(issuer, own)(await goodToken(issuer, mine))).toEqual(unavailable);
    expect(server.hits(keySetPath)).toBe(0);
  });
});

describe('keys that are out of date while the issuer is down', () => {
  const aged = async (staleSeconds: number) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const issuer = await testIssuer(mine);
    const own = { jwks_cache_ttl: 100, jwks_stale_ttl: staleSeconds };
    const verify = uncachedVerifier(issuer.url, { ...own, timeout: 300 });
    const token = await goodToken(issuer.url, mine);
    expect(await verify(token)).toMatchObject(verified);
    return {
      issuer,
      ask: () => verify(token),
      [Symbol.asyncDispose]: async () => {
        vi.useRealTimers();
        await issuer[Symbol.asyncDispose]();
      },
    };
  };

  it('serve for jwks_stale_ttl and not longer', async () => {
    await using it = await aged(50);
    it.issuer.routes.set(keySetPath, json({}, 500));
    vi.advanceTimersByTime(149_000);
    expect(await it.ask()).toMatchObject(verified);
    vi.advanceTimersByTime(1_001);
    expect(await it.ask()).toEqual(unavailable);
  });

  it('make nobody wait for a silent issuer once it is known to be', async () => {
    await using it = await aged(3600);
    it.issuer.routes.set(keySetPath, () => undefined);
    vi.advanceTimersByTime(101_000);
    await it.ask();
    for (let request = 0; request < 20; request++) {
      vi.advanceTimersByTime(2_000);
      const started = performance.now();
      expect(await it.ask()).toMatchObject(verified);
      expect(performance.now() - started).toBeLessThan(150);
    }
  });

  it('are replaced as soon as it answers again', async () => {
    await using it = await aged(3600);
    const good = it.issuer.routes.get(keySetPath)!;
    it.issuer.routes.set(keySetPath, json({}, 500));
    vi.advanceTimersByTime(101_000);
    expect(await it.ask()).toMatchObject(verified);
    it.issuer.routes.set(keySetPath, good);
    it.issuer.publish(await signingKey('ES256', 'new'));
    vi.advanceTimersByTime(1_001);
    await it.ask();
    // The old key is gone with the old set.
    await vi.waitFor(async () => expect(await it.ask()).toEqual(refused('unknown_key')));
  });

  it('are not fetched by a herd: 100 requests a second, one fetch a second', async () => {
    await using it = await aged(3600);
    it.issuer.routes.set(keySetPath, json({}, 500));
    vi.advanceTimersByTime(100_000);
    const before = it.issuer.hits(keySetPath);
    for (let second = 0; second < 3; second++) {
      vi.advanceTimersByTime(1_001);
      const verdicts = await Promise.all(Array.from({ length: 100 }, () => it.ask()));
      expect(verdicts.every(({ kind }) => kind === 'verified')).toBe(true);
      await vi.waitFor(() => expect(it.issuer.hits(keySetPath)).toBe(before + second + 1));
      await it.ask();
    }
    expect(it.issuer.hits(keySetPath)).toBe(before + 3);
  });
});
