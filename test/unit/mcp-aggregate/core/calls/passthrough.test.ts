import { expect, it } from 'vitest';
import { McpError } from '../../../../../lib/errors/errors.js';
import { anonymousIdentity } from '../../../../../lib/identity/identity.js';
import { identify } from '../../../../../plugins/mcp-aggregate/core/admit/caller.js';

const verified = { ...anonymousIdentity, issuer: 'https://as', subject: 'alice' };
const facts = { hasHandle: true, verified, consumerId: '', credentialId: '' };

it('refuses a caller whose token mcp-oauth hands on, and says how to mend it', () => {
  const thrown = (): unknown => identify({ ...facts, passthrough: true }, true);
  expect(thrown).toThrow(McpError);
  expect(thrown).toThrow(/passthrough_credentials.*set it to false/);
  expect(identify({ ...facts, passthrough: false }, false)).toBe(verified);
});
