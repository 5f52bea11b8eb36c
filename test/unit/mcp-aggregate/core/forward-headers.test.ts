import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../lib/errors/errors.js';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import { forwardedHeaders } from '../../../../plugins/mcp-aggregate/upstream/http/requests/forwarded-headers.js';
import { kongConfig } from '../../../support/aggregate/harness.js';

const server = kongConfig([{ name: 'a' }]).servers![0]!;
const namesOf = (forward_headers: unknown, more: object = {}) =>
  readConfig(kongConfig([], { servers: [{ ...server, forward_headers, ...more }] })).servers[0]!
    .connection?.forwardHeaders;

describe('forward_headers', () => {
  it('takes names in any case, each once', () => {
    expect(namesOf(['X-Tenant', 'accept-language', 'x-tenant'])).toEqual([
      'x-tenant',
      'accept-language',
    ]);
  });

  it.each([[undefined], [null], [{}], [[]]])('takes %j for none', (unset) => {
    expect(namesOf(unset)).toEqual([]);
  });

  const refused = [
    'authorization',
    'proxy-authorization',
    'proxy-connection',
    'cookie',
    'dpop',
    'origin',
    'host',
    'connection',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'expect',
    'range',
    'if-none-match',
    'content-length',
    'content-type',
    'content-encoding',
    'accept',
    'accept-encoding',
    'last-event-id',
    'mcp-session-id',
    'mcp-protocol-version',
    'mcp-method',
    'mcp-name',
    'mcp-param-x',
    'x-mcp-handle',
    'x-mcp-limit-key',
    'x-mcp-subject',
    'x-consumer-id',
    'x-consumer-username',
    'x-credential-identifier',
    'x-anonymous-consumer',
    'x-authenticated-userid',
    'x-forwarded-for',
    'x-kong-request-id',
  ];
  it.each(refused)('refuses %s in every spelling', (name) => {
    const spellings = [name, name.toUpperCase(), name.replaceAll('-', '_'), `X-Ok,${name}`];
    for (const spelling of spellings) {
      expect(() => namesOf(['x-tenant', spelling]), spelling).toThrow(ConfigError);
    }
    expect(() => namesOf([name])).toThrow(`servers[a].forward_headers: must not name ${name}`);
  });

  it('refuses a header that is sent anyway, odd names, and servers without headers', () => {
    expect(() => namesOf(['x-a'], { headers: { 'X-A': '1' } })).toThrow('headers sets already');
    expect(() => namesOf(['x_tenant'])).toThrow('not a header name');
    expect(() => namesOf(['x-a'], { url: undefined, stdio: 's' })).toThrow('stdio');
  });

  it('keeps apart servers that get different headers', () => {
    const keyOf = (forward_headers: string[]) =>
      readConfig(kongConfig([], { servers: [{ ...server, forward_headers }] })).servers[0]!.key;
    expect(keyOf(['x-a'])).not.toBe(keyOf(['x-b']));
  });
});

describe('what is handed on', () => {
  it('is what is named and there, joined where it is repeated', () => {
    const headers = { 'x-a': '1', 'x-b': ['2', '3'], 'x-c': '4', x_a: 'spoofed', 'X-D': '5' };
    expect(forwardedHeaders(['x-a', 'x-b', 'x-none'], headers)).toEqual({
      'x-a': '1',
      'x-b': '2, 3',
    });
    expect(forwardedHeaders(['x-none'], headers)).toBeUndefined();
  });

  it.each(['\n', '\r', '\0', '\t', '\x7f'])('holds no control character (%j)', (character) => {
    const headers = { 'x-a': `a${character}b`, 'x-b': 'fine' };
    expect(forwardedHeaders(['x-a', 'x-b'], headers)).toEqual({ 'x-b': 'fine' });
  });

  it('is bounded, each and in all', () => {
    expect(forwardedHeaders(['x-a'], { 'x-a': 'x'.repeat(4097) })).toBeUndefined();
    const names = ['x-a', 'x-b', 'x-c', 'x-d'];
    const headers = Object.fromEntries(names.map((name) => [name, 'x'.repeat(4000)]));
    expect(Object.keys(forwardedHeaders(names, headers)!)).toEqual(['x-a', 'x-b']);
  });
});
