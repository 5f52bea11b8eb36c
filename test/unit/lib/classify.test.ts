import { describe, expect, it } from 'vitest';
import { classify, legacyVersions, modernVersions } from '../../../lib/protocol/classify.js';
import { McpError } from '../../../lib/errors/errors.js';
import { readMessage } from '../../../lib/json/envelope.js';
import type { Envelope } from '../../../lib/json/types.js';

function request(method: string, params = '{}'): Envelope {
  const text = `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`;
  const message = readMessage(Buffer.from(text));
  if (message.kind !== 'single') throw new Error('a batch');
  return message.message;
}

const claiming = (version: string) =>
  `{"_meta":{"io.modelcontextprotocol/protocolVersion":"${version}"}}`;
const header = (version: string) => ({ 'mcp-protocol-version': version });

describe('classify', () => {
  it('knows the versions, newest first', () => {
    expect(legacyVersions).toEqual(['2025-11-25', '2025-06-18', '2025-03-26']);
    expect(modernVersions).toEqual(['2026-07-28']);
  });

  it('takes a message without any version for legacy, its version left to the session', () => {
    expect(classify({}, request('tools/list'))).toEqual({ era: 'legacy', version: undefined });
    expect(classify({}, undefined)).toEqual({ era: 'legacy', version: undefined });
  });

  it.each(legacyVersions)('takes the header %s for legacy', (version) => {
    const expected = { era: 'legacy', version };
    expect(classify(header(version), request('tools/list'))).toEqual(expected);
    expect(classify(header(version), undefined)).toEqual(expected);
    expect(classify(header(` ${version}\t`), undefined)).toEqual(expected);
  });

  it.each(['2025-11-25', '2024-11-05', '1999-01-01', '', '2026-07-28'])(
    'takes a plain initialize that asks for %j for legacy: its version is negotiated',
    (version) => {
      const message = request('initialize', `{"protocolVersion":"${version}"}`);
      expect(classify({}, message)).toEqual({ era: 'legacy', version: undefined });
    },
  );

  it('takes an initialize with an unknown or old version in the header for legacy', () => {
    const expected = { era: 'legacy', version: undefined };
    expect(classify(header('2024-11-05'), request('initialize'))).toEqual(expected);
    expect(classify(header('2025-06-18'), request('initialize'))).toEqual({
      era: 'legacy',
      version: '2025-06-18',
    });
  });

  it.each(['tools/list', 'initialize', 'ping'])('takes a modern %s for modern', (method) => {
    const expected = { era: 'modern', version: '2026-07-28' };
    expect(classify({}, request(method, claiming('2026-07-28')))).toEqual(expected);
    expect(classify(header('2026-07-28'), request(method))).toEqual(expected);
  });

  it('takes a modern header without a body for modern', () => {
    expect(classify(header('2026-07-28'), undefined)).toMatchObject({ era: 'modern' });
  });

  it('decides by the body where header and body disagree, which the mirror check refuses', () => {
    const message = request('tools/list', claiming('2026-07-28'));
    expect(classify(header('2025-11-25'), message)).toMatchObject({ era: 'modern' });
    expect(classify(header('nonsense'), message)).toMatchObject({ era: 'modern' });
  });

  it.each(['2024-11-05', '2027-01-01', 'latest', '', '2025-11-25, 2025-11-25', '2026-07-28.'])(
    'does not support the header %j',
    (version) => {
      const expected = { era: 'unsupported', requested: version };
      expect(classify(header(version), request('tools/list'))).toEqual(expected);
      expect(classify(header(version), undefined)).toEqual(expected);
    },
  );

  it.each(['2027-01-01', '2025-11-25', ''])('does not support %j in _meta', (version) => {
    const expected = { era: 'unsupported', requested: version };
    expect(classify({}, request('tools/list', claiming(version)))).toEqual(expected);
    expect(classify({}, request('initialize', claiming(version)))).toEqual(expected);
  });

  it('shortens what was requested, since it is echoed', () => {
    expect(classify(header('9'.repeat(5000)), undefined)).toEqual({
      era: 'unsupported',
      requested: '9'.repeat(64),
    });
  });

  it('refuses a repeated version header', () => {
    const headers = { 'mcp-protocol-version': ['2025-11-25', '2026-07-28'] };
    expect(() => classify(headers, undefined)).toThrow(McpError);
  });
});
