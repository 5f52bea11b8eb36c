import { describe, expect, it } from 'vitest';
import { handedHeaders, headerBytes } from '../../../../lib/http/handed-headers.js';

describe('headers that are handed to mcp-aggregate', () => {
  it('are those that it looks at, in whichever spelling', () => {
    const needed = {
      origin: 'https://a.example',
      Origin: 'https://b.example',
      'content-type': 'application/json',
      'content-length': '12',
      'content-encoding': 'gzip',
      'mcp-session-id': 's',
      mcp_name: 'n',
      'mcp-method': ['a', 'b'],
      proxy_authorization: 'p',
      'x-kong-mcp-hop': 'h',
      x_mcp_limit_key: 'k',
    };
    const others = { cookie: 'c'.repeat(10_000), 'user-agent': 'u', 'x-padding': 'p' };
    expect({ ...handedHeaders({ ...needed, ...others }, []) }).toEqual(needed);
  });

  it('are not those that end at mcp-oauth', () => {
    const headers = { 'x-mcp-claim': 'x', 'mcp-name': 'n' };
    expect({ ...handedHeaders(headers, ['x-mcp-claim']) }).toEqual({ 'mcp-name': 'n' });
  });

  it('are counted with their names and each of their lines', () => {
    expect(headerBytes({})).toBe(0);
    expect(headerBytes({ ab: 'cde', f: ['gh', 'i'] })).toBe(64 + 5 + 64 + 1 + 32 + 2 + 32 + 1);
  });
});
