import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream, tool } from '../../../../support/aggregate/fake-upstream.js';
import { initializeParams, rpc, startHarness } from '../../../../support/aggregate/harness.js';
import type { Harness } from '../../../../support/aggregate/harness.js';

const one = new FakeUpstream('one', [
  '{ "name" : "ec\\u0068o", "x": 1.0, "inputSchema": {"type":"object","$defs":{}} }',
  tool('add'),
]);
const two = new FakeUpstream('two', [tool('echo')]);
let harness: Harness;

beforeAll(async () => {
  harness = await startHarness([one, two]);
});
afterAll(() => harness.stop());

describe('methods of a legacy client', () => {
  it('initialize answers the version, the capabilities that are served, and a session', async () => {
    const response = await harness.send({ json: rpc('initialize', initializeParams, 'a') });
    expect(response.status).toBe(200);
    expect(response.headers.get('mcp-session-id')).toMatch(/^[A-Za-z0-9_-]{80,}$/);
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      id: 'a',
      result: {
        protocolVersion: '2025-11-25',
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'test-gateway', version: '0.1.0' },
      },
    });
  });

  it.each([
    ['2025-03-26', '2025-03-26'],
    ['2025-06-18', '2025-06-18'],
    ['2024-11-05', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
  ])('initialize with %s negotiates %s', async (asked, answered) => {
    const params = { ...initializeParams, protocolVersion: asked };
    const response = await harness.send({ json: rpc('initialize', params) });
    expect(await response.json()).toMatchObject({ result: { protocolVersion: answered } });
  });

  it('initialize without a version is refused as invalid parameters', async () => {
    const response = await harness.send({ json: rpc('initialize', {}, 3) });
    expect(await response.json()).toMatchObject({ id: 3, error: { code: -32602 } });
    expect(response.headers.get('mcp-session-id')).toBeNull();
  });

  it('ping answers an empty result', async () => {
    const response = await harness.send({ json: rpc('ping', undefined, 'p') });
    expect(await response.text()).toBe('{"jsonrpc":"2.0","id":"p","result":{}}');
  });

  it('keeps the bytes of the id', async () => {
    const json = '{"jsonrpc":"2.0","id":"\\u0041/\\/","method":"ping"}';
    const response = await harness.send({ json });
    expect(await response.text()).toBe('{"jsonrpc":"2.0","id":"\\u0041/\\/","result":{}}');
  });

  it('tools/list shows all servers in order, each byte but the name as the server sent it', async () => {
    const response = await harness.send({ json: rpc('tools/list', undefined, 1) });
    expect(await response.text()).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"tools":[' +
        '{ "name" : "one__echo", "x": 1.0, "inputSchema": {"type":"object","$defs":{}} },' +
        '{"name":"one__add","inputSchema":{"type":"object"}},' +
        '{"name":"two__echo","inputSchema":{"type":"object"}}]}}',
    );
    expect(response.headers.get('x-mcp-outcome')).toBe('ok');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('tools/list with a cursor that was not given out is refused', async () => {
    const response = await harness.send({ json: rpc('tools/list', { cursor: '' }) });
    expect(await response.json()).toMatchObject({ error: { code: -32602 } });
  });

  it('tools/call reaches the owner under its own name, every other byte kept', async () => {
    const params = '{ "arguments": {"b": 1.50, "a":"\\u00e9"}, "name":"one__echo" , "x":[ ] }';
    const json = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":${params}}`;
    const response = await harness.send({ json });
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      id: 7,
      result: { content: [{ type: 'text', text: 'echo' }] },
    });
    const call = one.calls.at(-1)!;
    expect(call.params!.toString()).toBe(params.replace('one__echo', 'echo'));
    expect(call.method).toBe('tools/call');
    expect(call.caller.identity.subject).toBe('alice');
    expect(response.headers.get('x-mcp-server')).toBe('one');
    expect(response.headers.get('x-mcp-outcome')).toBe('ok');
    expect(response.headers.get('x-mcp-upstream-ms')).toMatch(/^\d+$/);
  });

  it.each(['tasks/list', 'nonsense', 'server/discover'])(
    '%s is answered 200 with -32601',
    async (method) => {
      const response = await harness.send({ json: rpc(method, undefined, 'u') });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ id: 'u', error: { code: -32601 } });
    },
  );

  it('an unknown tool is -32602 and the answer names it', async () => {
    const response = await harness.send({ json: rpc('tools/call', { name: 'one__nope' }, 5) });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      id: 5,
      error: { code: -32602, message: 'Unknown tool: one__nope' },
    });
  });

  it.each([
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', method: 'notifications/unheard-of' },
    { jsonrpc: '2.0', id: 9, result: {} },
  ])('%j is accepted with 202 and no body', async (json) => {
    const response = await harness.send({ json });
    expect(response.status).toBe(202);
    expect(await response.text()).toBe('');
  });

  it('GET needs a session', async () => {
    expect((await harness.send({ method: 'GET' })).status).toBe(400);
  });

  it('PUT is 405 and names what is allowed', async () => {
    const response = await harness.send({ method: 'PUT' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST, DELETE');
  });
});
