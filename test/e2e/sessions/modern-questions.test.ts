import { Client as NextClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { connectLegacy } from '../../support/legacy-client.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { startModernFixture } from '../../support/upstreams/modern-fixture.js';
import type { ModernFixture } from '../../support/upstreams/modern-fixture.js';

describe('the bridge between the protocol eras', () => {
  let modern: ModernFixture;
  let legacy: FixtureServer;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    [modern, legacy] = await Promise.all([startModernFixture(), startFixtureServer()]);
    const servers = [
      { name: 'modern', url: modern.url, trusted: true },
      { name: 'legacy', url: legacy.url, trusted: true },
    ];
    mcp = await startOpenEndpoint({
      aggregate: { servers },
    });
    await untilListed(mcp.url, ['modern__book', 'legacy__test_elicitation']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([modern?.close(), legacy?.close()]);
  });

  async function connectModern(answer: Record<string, unknown>): Promise<NextClient> {
    const client = new NextClient(
      { name: 'e2e', version: '1' },
      { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: 'auto' } },
    );
    client.setRequestHandler('elicitation/create', (request) => {
      asked.push(request.params.message);
      return { action: 'accept', content: answer } as never;
    });
    await client.connect(new StreamableHTTPClientTransport(new URL(mcp.url)));
    return client;
  }
  const asked: string[] = [];

  it('a client with a session answers what a server without sessions wants to know', async () => {
    const answers = { 'elicitation/create': { action: 'accept', content: { seat: '12A' } } };
    const capabilities = { elicitation: { form: {} } };
    const client = await connectLegacy(mcp.url, { capabilities, answers });
    modern.arrived.length = 0;
    expect(await client.text('modern__book', { flight: 'KP 1' })).toBe('booked KP 1, seat 12A');
    expect(client.asked.map(({ params }) => params?.['message'])).toEqual([
      '[modern] Which seat on KP 1?',
    ]);
    const calls = modern.arrived.filter(({ body }) => body.includes('tools/call'));
    const [first, second] = calls.map(({ body }) => JSON.parse(body));
    expect(first.params.name).toBe('book');
    expect(second.params).toMatchObject({
      inputResponses: { seat: { action: 'accept', content: { seat: '12A' } } },
      requestState: 'one of the server',
    });
    expect(second.id).not.toBe(first.id);
    expect(calls[1]?.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'book',
    });
    await client.close();
  });

  it('a client without sessions answers what a server with sessions asks in a call', async () => {
    asked.length = 0;
    const client = await connectModern({ username: 'ann', email: 'ann@test' });
    expect(client.getProtocolEra()).toBe('modern');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('legacy__test_elicitation');
    const result = await client.callTool({
      name: 'legacy__test_elicitation',
      arguments: { message: 'Who are you?' },
    });
    expect(JSON.stringify(result.content)).toContain('ann@test');
    expect(asked).toEqual(['[legacy] Who are you?']);
    await client.close();
  });

  it('modern on both sides: the question passes, the gateway keeps the state of the server', async () => {
    asked.length = 0;
    const client = await connectModern({ seat: '3C' });
    const result = await client.callTool({ name: 'modern__book', arguments: { flight: 'KP 2' } });
    expect(JSON.stringify(result.content)).toContain('booked KP 2, seat 3C');
    expect(asked).toEqual(['[modern] Which seat on KP 2?']);
    await client.close();
  });

  it('a state opens only for the call it was given to; a server that keeps nothing takes it again', async () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
    };
    const call = async (flight: string, more: object) => {
      const body = {
        jsonrpc: '2.0',
        id: 7,
        method: 'tools/call',
        params: { name: 'modern__book', arguments: { flight }, _meta: meta, ...more },
      };
      const answer = await fetch(mcp.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'modern__book',
        },
        body: JSON.stringify(body),
      });
      return (await answer.json()) as any; // eslint-disable-line @typescript-eslint/no-explicit-any
    };
    const { result } = await call('KP 3', {});
    expect(result).toMatchObject({ resultType: 'input_required' });
    const { requestState } = result;
    const inputResponses = {
      [Object.keys(result.inputRequests)[0]!]: { action: 'accept', content: { seat: '1A' } },
    };
    const elsewhere = await call('KP 4', { requestState, inputResponses });
    expect(elsewhere.error).toMatchObject({ code: -32602 });
    const silent = await call('KP 3', { requestState });
    expect(silent.result).toMatchObject({ resultType: 'input_required' });
    const again = { requestState: silent.result.requestState, inputResponses };
    const done = await call('KP 3', again);
    expect(done.result.content[0].text).toBe('booked KP 3, seat 1A');
    expect((await call('KP 3', again)).result).toEqual(done.result);
    const wrong = { ...again, inputResponses: { seat: { action: 'perhaps' } } };
    expect((await call('KP 3', wrong)).error).toMatchObject({ code: -32602 });
  });
});
