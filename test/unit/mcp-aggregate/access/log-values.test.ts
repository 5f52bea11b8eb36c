import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { openSession, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness } from '../../../support/aggregate/harness.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness([new FakeUpstream('one', [tool('t')])]);
  await harness.send({ json: rpc('tools/list') });
});
afterAll(() => harness.stop());

const call = rpc('tools/call', { name: 'one__t', arguments: { a: 'argument-value' } });

describe('what is logged', () => {
  it('is method, tool, server, subject and a hash of the session, and nothing else', async () => {
    const session = await openSession(harness);
    const kong = await harness.access({ json: call, headers: { 'mcp-session-id': session } });
    const [, key, value] = kong.callsOf('log.setSerializeValue')[0]!;
    expect(key).toBe('mcp');
    expect(value).toEqual({
      method: 'tools/call',
      name: 'one__t',
      server: 'one',
      subject: 'alice',
      session: expect.stringMatching(/^[A-Za-z0-9_-]{16}$/) as string,
      era: 'legacy',
      // Where no header says it, the session does.
      protocol_version: '2025-11-25',
    });
    expect(session).not.toContain((value as { session: string }).session);
    expect(JSON.stringify(kong.callsOf('log.setSerializeValue'))).not.toContain('argument-value');
  });

  it('is how the client speaks', async () => {
    const version = '2026-07-28';
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': version,
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const modern = { 'mcp-protocol-version': version, 'mcp-method': 'tools/list' };
    const wish = (protocolVersion: string) => rpc('initialize', { protocolVersion });
    for (const [json, headers, era, protocol_version] of [
      [rpc('tools/list', { _meta }), modern, 'modern', version],
      [rpc('tools/list'), { 'mcp-protocol-version': '2025-06-18' }, 'legacy', '2025-06-18'],
      [rpc('tools/list'), {}, 'legacy', '2025-03-26'],
      [wish(version), {}, 'legacy', version],
      [wish('\u202e'.repeat(100)), {}, 'legacy', '\\u{202e}'.repeat(64)],
    ] as const) {
      const kong = await harness.access({ json, headers });
      const [, , values] = kong.callsOf('log.setSerializeValue')[0]!;
      expect(values).toMatchObject({ era, protocol_version });
    }
  });

  it('names a resource without its user and query', async () => {
    const json = rpc('resources/read', { uri: 'db://user:pw@host/x?token=secret#f' });
    const kong = await harness.access({ json });
    expect(kong.callsOf('log.setSerializeValue')[0]![2]).toMatchObject({ name: 'db://host/x' });
  });
});
