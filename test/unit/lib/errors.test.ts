import { describe, expect, it } from 'vitest';
import { ConfigError, errorTable, McpError } from '../../../lib/errors/errors.js';
import type { ErrorCode, ErrorEntry } from '../../../lib/errors/errors.js';

const entries = Object.entries<ErrorEntry>(errorTable);

/** What JSON-RPC and MCP define; all else of the reserved range is theirs to define (H20). */
const defined = [-32002, -32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022];

describe('errorTable', () => {
  it.each(entries)(
    '%s: uses a defined code or one outside the reserved range (H20)',
    (_, entry) => {
      const reserved = entry.rpc >= -32768 && entry.rpc <= -32000;
      expect(reserved ? defined : [entry.rpc]).toContain(entry.rpc);
      expect(Number.isInteger(entry.rpc)).toBe(true);
    },
  );

  it.each(entries)('%s: has a status that can carry a body, and a meaning', (code, entry) => {
    expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(String(entry.status)).toMatch(/^(?:200|4\d\d|5\d\d)$/);
    expect(entry.meaning).toMatch(/^[A-Z].*\.$/);
  });

  it('tells its own codes apart', () => {
    const own = entries.map(([, entry]) => entry.rpc).filter((rpc) => rpc > -32000);
    expect(new Set(own).size).toBe(own.length);
  });

  it.each<[ErrorCode, number, number]>([
    ['parse_error', 400, -32700],
    ['invalid_request', 400, -32600],
    ['method_not_found', 200, -32601],
    ['invalid_params', 200, -32602],
    ['header_mismatch', 400, -32020],
    ['unsupported_version', 400, -32022],
    ['session_not_found', 404, -32600],
    ['body_too_large', 413, -32600],
    ['unsupported_media', 415, -32600],
    ['identity_required', 403, -32600],
  ])('answers %s with %i and %i', (code, status, rpc) => {
    expect(new McpError(code, 'x')).toMatchObject({ status, rpc });
  });
});

describe('McpError', () => {
  it('carries its code, message and data', () => {
    const error = new McpError('upstream_timeout', 'github took too long', { server: 'github' });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'McpError',
      code: 'upstream_timeout',
      message: 'github took too long',
      data: { server: 'github' },
      status: 200,
      rpc: -31002,
    });
  });
});

describe('ConfigError', () => {
  it('names the field', () => {
    const error = new ConfigError('servers[0].url', 'must be https');
    expect(error).toMatchObject({ name: 'ConfigError', field: 'servers[0].url' });
    expect(error.message).toBe('servers[0].url: must be https');
  });
});
