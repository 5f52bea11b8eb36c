import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../plugins/mcp-oauth/config/config.js';
import { grantedScopes } from '../../../../plugins/mcp-oauth/core/token/scopes.js';
import { identityOf } from '../../../../plugins/mcp-oauth/core/token/token-claims.js';
import { pluginConfig } from '../../../support/oauth/plugin-config.js';

const good = { iss: 'https://as.example.com', sub: 'alice', exp: 2_000_000_000 };
const { holder } = readConfig(pluginConfig());
const rules = { allowedClients: [], scopeClaims: [['scope'], ['scp']], holder };

const reason = (own: Record<string, unknown>, allowedClients: readonly string[] = []) => {
  const result = identityOf({ ...good, ...own }, 'JWT', 'token', { ...rules, allowedClients });
  return result.ok ? 'ok' : result.reason;
};

describe('the kind of a token', () => {
  it.each([
    ['typ', 'Bearer'],
    ['typ', 'at+jwt'],
    ['token_use', 'access'],
    ['token_type', 'access_token'],
  ])('%s %s is an access token', (claim, value) => {
    expect(reason({ [claim]: value })).toBe('ok');
  });

  it.each<[string, unknown]>([
    ['typ', 'ID'],
    ['typ', 'Refresh'],
    ['typ', 'Offline'],
    ['typ', 'Logout'],
    ['token_use', 'id'],
    ['token_use', 'refresh_token'],
    ['token_type', 'DPoP'],
    ['typ', ''],
    ['typ', null],
    ['typ', 'Bearer ID'],
    ['nonce', 'x'],
  ])('%s %j is none', (claim, value) => {
    expect(reason({ [claim]: value })).toBe('type');
  });
});

describe('the client', () => {
  it.each(['client_id', 'azp', 'cid', 'appid'])('is read from %s', (claim) => {
    const result = identityOf({ ...good, [claim]: 'app' }, 'at+jwt', 'token', rules);
    expect(result).toMatchObject({ ok: true, identity: { clientId: 'app', subject: 'alice' } });
    expect(reason({ [claim]: 'app' }, ['app'])).toBe('ok');
    expect(reason({ [claim]: 'app' }, ['App', 'app ', ''])).toBe('client');
  });

  it('must be allowed by every name that the token gives it', () => {
    const two = { client_id: 'app', azp: 'other' };
    expect(reason(two, ['app'])).toBe('client');
    expect(reason(two, ['app', 'other'])).toBe('ok');
    expect(reason({}, ['app'])).toBe('client');
  });
});

describe('scopes', () => {
  const claims = {
    scope: 'a b  a',
    scp: ['c', 'd'],
    roles: ['admin', 'two words', 7, '', 'e'],
    realm_access: { roles: ['f'] },
    'https://example.com/permissions': 'g',
  };
  it.each<[string, string[][], string[]]>([
    ['text', [['scope']], ['a', 'b']],
    ['a list', [['scp']], ['c', 'd']],
    ['a list whose items with spaces are none', [['roles']], ['admin', 'e']],
    ['a claim inside an object', [['realm_access', 'roles']], ['f']],
    ['a claim whose name has dots', [['https://example.com/permissions']], ['g']],
    ['several claims together', [['scope'], ['scp'], ['realm_access', 'roles']], [...'abcdf']],
    ['nothing where claims are missing', [['x'], ['scope', 'x'], ['scp', '0'], ['toString']], []],
  ])('come from %s', (_what, paths, scopes) => {
    expect(grantedScopes(claims, paths)).toEqual(scopes);
  });

  it('are the first 1,000 of a claim', () => {
    const many = Array.from({ length: 1_001 }, (_, n) => `s${n}`);
    const first = many.slice(0, 1_000);
    expect(grantedScopes({ scope: many.join(' ') }, [['scope']])).toEqual(first);
    expect(grantedScopes({ scope: many }, [['scope']])).toEqual(first);
  });
});
