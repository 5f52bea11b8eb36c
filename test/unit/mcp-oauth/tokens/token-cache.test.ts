import { beforeEach, describe, expect, it } from 'vitest';
import type { Verdict } from '../../../../plugins/mcp-oauth/core/token/verdict.js';
import { cachedVerifier } from '../../../../plugins/mcp-oauth/io/token-cache.js';

let clock = 0;
let asked: string[];
beforeEach(() => {
  clock = 1_000_000;
  asked = [];
});

function verdict(expiresAt: number): Verdict {
  const identity = { issuer: 'i', subject: 's', clientId: '', scopes: [], claims: {}, expiresAt };
  return { kind: 'verified', caller: { identity, headers: {}, credentialId: 'c' } };
}

function cached(answer: Verdict, own: { tokenCacheSize?: number; leewaySeconds?: number } = {}) {
  const config = { hash: 'h', tokenCacheSize: 2, keyTtlMs: 60_000, leewaySeconds: 0, ...own };
  const verify = async (token: string) => {
    asked.push(token);
    return answer;
  };
  return cachedVerifier(config, verify, () => clock);
}

describe('a verified token', () => {
  it('is not verified again', async () => {
    const verify = cached(verdict(5_000));
    expect(await verify('a')).toEqual(await verify('a'));
    expect(asked).toEqual(['a']);
  });

  it('is remembered within 64 MiB, its claims counted, however many may be', async () => {
    const claims = { padding: 'p'.repeat(1_048_576) };
    const large = verdict(5_000);
    if (large.kind !== 'verified') throw new TypeError();
    const caller = { ...large.caller, identity: { ...large.caller.identity, claims } };
    const verify = cached({ ...large, caller }, { tokenCacheSize: 10_000 });
    for (let n = 0; n < 30; n++) await verify(`token ${n}`);
    const before = asked.length;
    for (let n = 29; n >= 0; n--) await verify(`token ${n}`);
    // 21 of 3 MiB each fit.
    expect(asked.length - before).toBe(9);
  });

  it.each([
    ['until it expires', 1_010, 0, 9_999, 10_000],
    ['with the leeway added', 1_010, 5, 14_999, 15_000],
    ['no longer than keys are trusted', 9_000, 0, 59_999, 60_000],
  ])('is remembered %s, to the millisecond', async (_until, exp, leewaySeconds, held, gone) => {
    const verify = cached(verdict(exp), { leewaySeconds });
    await verify('a');
    clock += held;
    await verify('a');
    expect(asked).toHaveLength(1);
    clock += gone - held;
    await verify('a');
    expect(asked).toHaveLength(2);
  });

  it('makes room for others when the cache is full', async () => {
    const verify = cached(verdict(5_000));
    for (const token of ['a', 'b', 'c', 'a']) await verify(token);
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });

  it('is not remembered where the cache has no room at all', async () => {
    const verify = cached(verdict(5_000), { tokenCacheSize: 0 });
    await verify('a');
    await verify('a');
    expect(asked).toHaveLength(2);
  });
});

it.each<[string, Verdict]>([
  ['refusal', { kind: 'refused', reason: 'expired' }],
  ['failure to get keys', { kind: 'unavailable' }],
])('a %s is not remembered', async (_what, answer) => {
  const verify = cached(answer);
  await verify('a');
  expect(await verify('a')).toEqual(answer);
  expect(asked).toHaveLength(2);
});
