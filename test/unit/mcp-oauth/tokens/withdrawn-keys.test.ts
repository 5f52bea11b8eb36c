import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { setLogLevel } from '../../../../lib/log.js';
import { signingKey } from '../../../support/oauth/signing-key.js';
import type { SigningKey } from '../../../support/oauth/signing-key.js';
import { json, keySetPath, testIssuer } from '../../../support/oauth/test-issuer.js';
import { goodToken, uncachedVerifier } from '../../../support/oauth/uncached-verifier.js';

let withdrawn: SigningKey;
let next: SigningKey;

beforeAll(async () => {
  setLogLevel('error');
  [withdrawn, next] = await Promise.all([signingKey('ES256', 'one'), signingKey('ES256', 'two')]);
});
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const verified = { kind: 'verified' };
const unknown = { kind: 'refused', reason: 'unknown_key' };
const remembers = { token_cache_size: 100, jwks_cache_ttl: 100 };

describe('what a withdrawn key has signed, though it is remembered', () => {
  it('passes until jwks_cache_ttl is over, however late it came', async () => {
    await using issuer = await testIssuer(withdrawn);
    const verify = uncachedVerifier(issuer.url, { ...remembers, jwks_stale_ttl: 0 });
    expect(await verify(await goodToken(issuer.url, withdrawn))).toMatchObject(verified);
    issuer.publish(next);
    vi.advanceTimersByTime(49_000);
    const late = await goodToken(issuer.url, withdrawn);
    expect(await verify(late)).toMatchObject(verified);
    vi.advanceTimersByTime(51_001);
    expect(await verify(late)).toEqual(unknown);
    expect(issuer.hits(keySetPath)).toBeGreaterThan(1);
  });

  it('passes no longer than the issuer is down, where keys are stale', async () => {
    await using issuer = await testIssuer(withdrawn);
    const verify = uncachedVerifier(issuer.url, { ...remembers, jwks_stale_ttl: 3_600 });
    await verify(await goodToken(issuer.url, withdrawn));
    issuer.routes.set(keySetPath, json({}, 500));
    vi.advanceTimersByTime(101_000);
    const late = await goodToken(issuer.url, withdrawn);
    expect(await verify(late)).toMatchObject(verified);
    issuer.publish(next);
    await vi.waitFor(async () => {
      vi.advanceTimersByTime(1_001);
      expect(await verify(late)).toEqual(unknown);
    });
  });

  it('costs no verification each time while the issuer is well', async () => {
    await using issuer = await testIssuer(withdrawn);
    const verify = uncachedVerifier(issuer.url, remembers);
    const token = await goodToken(issuer.url, withdrawn);
    const first = await verify(token);
    vi.advanceTimersByTime(49_000);
    const second = await verify(token);
    if (first.kind !== 'verified' || second.kind !== 'verified') throw new Error(second.kind);
    expect(second.caller).toBe(first.caller);
  });
});
