import { describe, expect, it } from 'vitest';
import { readEnded, writeEnded } from '../../../../lib/shared-state/ended-session.js';
import {
  readRevoked,
  Revocations,
  tokenDigest,
  writeRevoked,
} from '../../../../lib/shared-state/revocations.js';

const user = 'u'.repeat(32);
const digest = tokenDigest('a token');

describe('revocations', () => {
  it('are read as they are written, and nothing else is', () => {
    for (const revoked of [
      { kind: 'token', digest },
      { kind: 'user', user, before: 17 },
    ] as const) {
      expect(readRevoked(writeRevoked(revoked))).toEqual(revoked);
    }
    for (const line of [
      '',
      'token',
      `token ${digest}x`,
      `token ${digest} `,
      `user ${user}`,
      `user ${user} -1`,
      `user ${user} 1e3`,
      `user ${'u'.repeat(31)} 1`,
      `USER ${user} 1`,
    ]) {
      expect(readRevoked(line), line).toBeUndefined();
    }
  });

  it('name one token', () => {
    const revocations = new Revocations(() => 0);
    revocations.add({ kind: 'token', digest }, 1000);
    expect(revocations.hasToken(digest)).toBe(true);
    expect(revocations.hasToken(tokenDigest('another'))).toBe(false);
  });

  it('name what a user was given before, and what does not say when it was given', () => {
    const revocations = new Revocations(() => 0);
    revocations.add({ kind: 'user', user, before: 100 }, 1000);
    revocations.add({ kind: 'user', user, before: 50 }, 500);
    expect(revocations.hasUser(user, 99)).toBe(true);
    expect(revocations.hasUser(user, 100)).toBe(false);
    expect(revocations.hasUser(user, undefined)).toBe(true);
    expect(revocations.hasUser('v'.repeat(32), 1)).toBe(false);
  });

  it('are bounded: those that have ended go first, then those that end first', () => {
    let now = 0;
    const revocations = new Revocations(() => now, 20);
    const named = (n: number) => tokenDigest(String(n));
    for (let n = 0; n < 20; n++) {
      revocations.add({ kind: 'token', digest: named(n) }, n < 5 ? 100 : 10_000 + n);
    }
    now = 200;
    revocations.add({ kind: 'token', digest: named(20) }, 50_000);
    expect(revocations.size).toBe(16);
    for (let n = 21; n < 26; n++) {
      revocations.add({ kind: 'token', digest: named(n) }, 50_000);
    }
    expect(revocations.size).toBeLessThanOrEqual(20);
    expect(revocations.hasToken(named(5))).toBe(false);
    expect(revocations.hasToken(named(19))).toBe(true);
    expect(revocations.hasToken(named(25))).toBe(true);
  });

  it('of users are bounded alike', () => {
    const revocations = new Revocations(() => 0, 20);
    const named = (n: number) => String(n).padStart(32, 'u');
    for (let n = 0; n < 100; n++) {
      revocations.add({ kind: 'user', user: named(n), before: 100 }, 1_000 + n);
    }
    expect(revocations.size).toBeLessThanOrEqual(20);
    expect(revocations.hasUser(named(99), 1)).toBe(true);
    expect(revocations.hasUser(named(0), 1)).toBe(false);
  });

  it('that have ended are not taken', () => {
    const revocations = new Revocations(() => 1000);
    revocations.add({ kind: 'token', digest }, 1000);
    expect(revocations.size).toBe(0);
  });
});

describe('ended sessions', () => {
  const ended = { id: 'abc_-1', endpoint: 'route-1', principal: 'p', expiresAt: 1234 };

  it('are read as they are written, and nothing else is', () => {
    expect(readEnded(writeEnded(ended))).toEqual(ended);
    for (const text of ['', 'a b c', 'a b c d', 'a b c 1 2', ' b c 1', 'a b c 1e3', 'a\n b c 1']) {
      expect(readEnded(text), text).toBeUndefined();
    }
  });
});
