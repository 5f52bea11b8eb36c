import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { setLogLevel } from '../../../../lib/log.js';
import type { VerifyToken } from '../../../../plugins/mcp-oauth/core/token/verdict.js';
import {
  goodAnswer,
  introspectingIssuer,
  introspectionPath,
  introspectionVerifier,
} from '../../../support/oauth/introspecting-issuer.js';
import type { IntrospectingIssuer } from '../../../support/oauth/introspecting-issuer.js';
import { epoch } from '../../../support/oauth/signing-key.js';

const resource = 'https://mcp.example.com/mcp';
let issuer: IntrospectingIssuer;

beforeAll(() => setLogLevel('error'));
beforeEach(async () => {
  issuer = await introspectingIssuer();
  issuer.answer(goodAnswer(resource));
});
afterEach(async () => {
  vi.useRealTimers();
  await issuer[Symbol.asyncDispose]();
});

const verifier = (own: Record<string, unknown> = {}) => introspectionVerifier(issuer, own);

async function outcome(token: string, own: Record<string, unknown> = {}): Promise<string> {
  const verdict = await verifier(own)(token);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
}

describe('remembering', () => {
  const times = async (verify: VerifyToken, count: number, seconds: number) => {
    for (let i = 0; i < count; i++) {
      await verify('opaque');
      vi.advanceTimersByTime(seconds * 1000);
    }
    return issuer.introspections.length;
  };
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));

  it('a positive answer serves for introspection_cache_ttl', async () => {
    expect(await times(verifier({ introspection_cache_ttl: 10 }), 21, 1)).toBe(3);
  });

  it('but never beyond its exp', async () => {
    issuer.answer(goodAnswer(resource, { exp: epoch(5) }));
    const verify = verifier({ introspection_cache_ttl: 100 });
    expect(await times(verify, 5, 1)).toBe(1);
    expect(await verify('opaque')).toEqual({ kind: 'refused', reason: 'expired' });
  });

  it('with 0 every request asks, and what has no exp still ends', async () => {
    issuer.answer(goodAnswer(resource, { exp: undefined }));
    const verify = verifier({ introspection_cache_ttl: 0 });
    expect(await times(verify, 3, 0)).toBe(3);
    const verdict = await verify('opaque');
    expect(verdict.kind === 'verified' && verdict.caller.identity.expiresAt).toBe(epoch(60));
  });

  it('a negative answer is asked for again', async () => {
    issuer.answer({ active: false });
    expect(await times(verifier(), 3, 0)).toBe(3);
  });

  it('100 requests with one token ask once', async () => {
    const verify = verifier();
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => verify('opaque')));
    expect(verdicts.every(({ kind }) => kind === 'verified')).toBe(true);
    expect(issuer.introspections.length).toBe(1);
  });

  it('even where nothing is cached', async () => {
    const verify = verifier({ token_cache_size: 0, introspection_cache_ttl: 0 });
    await Promise.all(Array.from({ length: 100 }, () => verify('opaque')));
    expect(issuer.introspections.length).toBe(1);
  });
});

describe('an endpoint that cannot be asked makes tokens neither good nor bad', () => {
  it.each<[string, unknown, number]>([
    ['401: it does not know this gateway', { error: 'invalid_client' }, 401],
    ['500', {}, 500],
    ['302', {}, 302],
    ['an answer without `active`', { sub: 'alice' }, 200],
    ['`active` as text', { active: 'true' }, 200],
    ['null', null, 200],
    ['a list', [], 200],
    ['more than a megabyte', { active: true, pad: 'x'.repeat(1_100_000) }, 200],
  ])('%s', async (_what, document, status) => {
    issuer.answer(document, status);
    expect(await outcome('opaque')).toBe('unavailable');
  });

  it('HTML', async () => {
    issuer.routes.set(introspectionPath, (_request, response) => response.end('<html>'));
    expect(await outcome('opaque')).toBe('unavailable');
  });

  it('silence, for no longer than the deadline', async () => {
    issuer.routes.set(introspectionPath, () => undefined);
    const started = performance.now();
    expect(await outcome('opaque', { timeout: 200 })).toBe('unavailable');
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  it('after three failures in a row it is spared for a second, and then asked again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    issuer.answer({}, 500);
    const verify = verifier();
    for (let i = 0; i < 50; i++) expect((await verify(`t${i}`)).kind).toBe('unavailable');
    expect(issuer.introspections.length).toBe(3);
    vi.advanceTimersByTime(1_001);
    issuer.answer(goodAnswer(resource));
    expect((await verify('t')).kind).toBe('verified');
    expect((await verify('u')).kind).toBe('verified');
  });

  it.each([400, 403, 413, 414, 431])(
    'but not for what strangers send, which it, or a firewall before it, answers %i',
    async (status) => {
      vi.useFakeTimers({ toFake: ['Date'] });
      const verify = verifier();
      const lines = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      setLogLevel('warn');
      issuer.answer({}, status);
      for (let i = 0; i < 10; i++) expect((await verify(`../etc/${i}`)).kind).toBe('unavailable');
      setLogLevel('error');
      expect(lines).toHaveBeenCalledTimes(1);
      lines.mockRestore();
      issuer.answer(goodAnswer(resource));
      expect((await verify('honest')).kind).toBe('verified');
    },
  );

  it('strangers’ tokens bind no more than 256 requests at once', async () => {
    let waiting = 0;
    const held: (() => void)[] = [];
    issuer.routes.set(introspectionPath, (_request, response) => {
      waiting += 1;
      held.push(() => response.end('{"active":false}'));
    });
    const verify = verifier();
    const verdicts = Array.from({ length: 300 }, (_, n) => verify(`t${n}`));
    const refusedAtOnce = await Promise.all(verdicts.slice(256));
    expect(refusedAtOnce.every(({ kind }) => kind === 'unavailable')).toBe(true);
    const release = setInterval(() => held.splice(0).forEach((end) => end()), 5);
    const rest = await Promise.all(verdicts.slice(0, 256));
    clearInterval(release);
    expect(rest.every(({ kind }) => kind === 'refused')).toBe(true);
    expect(waiting).toBe(256);
  });
});
