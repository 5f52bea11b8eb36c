import { describe, expect, it } from 'vitest';
import { redirectRule } from '../../../../plugins/mcp-oauth/core/facade/redirect-uris.js';

const custom = 'cursor://anysphere.cursor-mcp/oauth/callback';
const hosted = 'https://claude.ai/api/mcp/auth_callback';
const allows = redirectRule('redirect_uris', ['loopback', custom, hosted]);

describe('redirect URIs', () => {
  it.each([
    'http://127.0.0.1:33418',
    'http://127.0.0.1:33418/',
    'http://127.0.0.1/callback',
    'http://localhost:1455/auth/callback',
    'http://[::1]:8080/oauth/callback?from=1',
    custom,
    hosted,
  ])('%s is allowed', (uri) => {
    expect(allows(uri)).toBe(true);
  });

  it.each([
    ['another host', 'https://evil.example/api/mcp/auth_callback'],
    ['a longer path', `${hosted}/more`],
    ['a query behind an exact one', `${hosted}?next=https://evil.example`],
    ['a slash at the end', `${hosted}/`],
    ['another case', hosted.toUpperCase()],
    ['a subdomain', 'https://x.claude.ai/api/mcp/auth_callback'],
    ['credentials before a loopback host', 'http://evil@127.0.0.1/'],
    ['a loopback host as credentials', 'http://127.0.0.1@evil.example/'],
    ['a loopback host as credentials with a port', 'http://127.0.0.1:80@evil.example/'],
    ['a loopback host as a label', 'http://127.0.0.1.evil.example/'],
    ['localhost as a label', 'http://localhost.evil.example/'],
    ['localhost as a subdomain', 'http://evil.localhost/'],
    ['a backslash for a slash', 'http://127.0.0.1\\@evil.example/'],
    ['a backslash behind', 'http://127.0.0.1/\\evil.example'],
    ['a fragment', 'http://127.0.0.1:1/#x'],
    ['https on loopback', 'https://127.0.0.1/'],
    ['another loopback address', 'http://127.0.0.2/'],
    ['a decimal address', 'http://2130706433/'],
    ['a hexadecimal address', 'http://0x7f.1/'],
    ['an unspecified address', 'http://0.0.0.0/'],
    ['a port out of range', 'http://127.0.0.1:99999/'],
    ['a space', 'http://127.0.0.1/ x'],
    ['a tab that parsers drop', 'http://127.0.0.1/\tx'],
    ['a line break', 'http://127.0.0.1/\r\nX: y'],
    ['a letter beyond ASCII', 'http://127.0.0.1/\u0430'],
    ['a wide full stop', 'http://127\u30020.0.1/'],
    ['javascript', 'javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['another scheme', 'vscode://x'],
    ['another scheme in the same words', custom.replace('cursor:', 'cursor2:')],
    ['a scheme-relative address', '//127.0.0.1/'],
    ['a path', '/callback'],
    ['empty text', ''],
    ['no text', 7],
    ['a list', ['http://127.0.0.1/']],
    ['nothing', undefined],
    ['a very long one', `http://127.0.0.1/${'a'.repeat(2048)}`],
  ])('%s is not', (_what, uri) => {
    expect(allows(uri)).toBe(false);
  });

  it('without loopback exact ones only', () => {
    const strict = redirectRule('redirect_uris', ['http://127.0.0.1:4711/callback']);
    expect(strict('http://127.0.0.1:4711/callback')).toBe(true);
    expect(strict('http://127.0.0.1:4712/callback')).toBe(false);
  });

  it.each([
    ['http://app.example.com/callback', 'https'],
    ['https://*.example.com/callback', 'wildcards'],
    ['https://user@example.com/callback', 'credentials'],
    ['https://app.example.com/callback#x', 'fragment'],
    ['javascript:x', 'application'],
    ['callback', 'whole addresses'],
    ['loopback ', 'whole addresses'],
  ])('an entry %s is refused at start', (entry, why) => {
    expect(() => redirectRule('facade.redirect_uris', [entry])).toThrow(why);
  });
});
