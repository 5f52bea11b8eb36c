import { extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotedString } from '../../../../lib/http/quoted-string.js';
import { challengeHeader } from '../../../../lib/http/challenge.js';
import { refusals } from '../../../../plugins/mcp-oauth/core/challenge/refusal.js';

const resourceMetadata = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';

describe('challengeHeader', () => {
  it('names metadata and scopes, and no error, where no token was sent', () => {
    expect(challengeHeader({ resourceMetadata, scopes: ['a', 'b'] })).toBe(
      `Bearer resource_metadata="${resourceMetadata}", scope="a b"`,
    );
  });

  it('puts the error first', () => {
    const header = challengeHeader({
      error: 'invalid_token',
      description: 'the token has expired',
      resourceMetadata,
      scopes: ['a'],
    });
    expect(header).toBe(
      `Bearer error="invalid_token", error_description="the token has expired", resource_metadata="${resourceMetadata}", scope="a"`,
    );
  });

  it('leaves scope out where there is none', () => {
    expect(challengeHeader({ resourceMetadata, scopes: [] })).not.toContain('scope');
  });

  it("is read by the MCP SDK's client as it was meant", () => {
    const header = challengeHeader({
      error: 'insufficient_scope',
      description: 'more is needed',
      resourceMetadata,
      scopes: ['a', 'b:c'],
    });
    const response = new Response(null, { headers: { 'WWW-Authenticate': header } });
    expect(extractWWWAuthenticateParams(response)).toEqual({
      resourceMetadataUrl: new URL(resourceMetadata),
      scope: 'a b:c',
      error: 'insufficient_scope',
    });
  });
});

describe('quotedString', () => {
  const grammar = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"$/;

  it('keeps to the quoted-string grammar whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(quotedString(text)).toMatch(grammar);
      }),
    );
  });

  it('gives printable ASCII back after unescaping', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        expect(quotedString(text).slice(1, -1).replace(/\\(.)/g, '$1')).toBe(text);
      }),
    );
  });
});

it.each(Object.entries(refusals))('the description of %s fits RFC 6750 §3', (_reason, text) => {
  expect(text).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
});
