import { describe, expect, it } from 'vitest';
import {
  anonymousIdentity,
  authorizationContextKey,
  principalKey,
  userKey,
} from '../../../lib/identity/identity.js';
import type { Identity } from '../../../lib/identity/identity.js';

const alice: Identity = {
  issuer: 'https://as',
  subject: 'alice',
  clientId: 'app',
  scopes: ['read', 'write'],
  claims: {},
};

describe('principalKey', () => {
  it('is the same for the same issuer, subject and client, whatever the token says beyond', () => {
    const later = { ...alice, scopes: [], claims: { a: 1 }, expiresAt: 5, token: 'secret' };
    expect(principalKey(later)).toBe(principalKey(alice));
  });

  it.each<[string, Partial<Identity>]>([
    ['issuer', { issuer: 'https://as2' }],
    ['subject', { subject: 'bob' }],
    ['client', { clientId: 'app2' }],
    ['border between its parts', { issuer: 'https://asa', subject: 'lice' }],
    ['border, digits and colons included', { subject: 'alice3:app', clientId: '' }],
  ])('differs by %s', (_what, change) => {
    expect(principalKey({ ...alice, ...change })).not.toBe(principalKey(alice));
  });

  it('tells nobody apart from the anonymous one', () => {
    expect(principalKey(anonymousIdentity)).not.toBe(principalKey(alice));
  });

  it('shows nothing of the identity', () => {
    expect(principalKey(alice)).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });
});

describe('authorizationContextKey', () => {
  it('does not depend on the order of scopes', () => {
    const other = { ...alice, scopes: ['write', 'read'] };
    expect(authorizationContextKey(other)).toBe(authorizationContextKey(alice));
    expect(other.scopes).toEqual(['write', 'read']);
  });

  it.each<[string, Partial<Identity>]>([
    ['principal', { subject: 'bob' }],
    ['scopes', { scopes: ['read'] }],
    ['no scopes', { scopes: [] }],
  ])('differs by %s', (_what, change) => {
    expect(authorizationContextKey({ ...alice, ...change })).not.toBe(
      authorizationContextKey(alice),
    );
  });

  it('differs by upstream credential, and from the principal itself', () => {
    const keys = [
      principalKey(alice),
      authorizationContextKey(alice),
      authorizationContextKey(alice, 'digest'),
    ];
    expect(new Set(keys).size).toBe(3);
  });
});

describe('userKey', () => {
  const user = { ...anonymousIdentity, issuer: 'https://as.test', subject: 'ann', clientId: 'a' };

  it('is the same for every client of a user, and another for another user or issuer', () => {
    expect(userKey({ ...user, clientId: 'b' })).toBe(userKey(user));
    expect(userKey({ ...user, subject: 'ben' })).not.toBe(userKey(user));
    expect(userKey({ ...user, issuer: 'https://other.test' })).not.toBe(userKey(user));
  });
});
