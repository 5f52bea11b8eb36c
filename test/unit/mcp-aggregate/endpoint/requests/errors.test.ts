import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { McpError } from '../../../../../lib/errors/errors.js';
import type { ErrorCode } from '../../../../../lib/errors/errors.js';
import type { CallEvent } from '../../../../../plugins/mcp-aggregate/core/calls/call.js';
import {
  FakeUpstream,
  events,
  tool,
  unreachable,
} from '../../../../support/aggregate/fake-upstream.js';
import {
  kongConfig,
  openSession,
  rpc,
  startHarness,
} from '../../../../support/aggregate/harness.js';
import type { Harness, Sent } from '../../../../support/aggregate/harness.js';

const live = new FakeUpstream('live', [tool('t')]);
const dead = new FakeUpstream('dead');
dead.state = 'failing';
dead.onList = () => Promise.reject(unreachable('dead'));
let harness: Harness;

beforeAll(async () => {
  harness = await startHarness([live, dead]);
});
afterAll(() => harness.stop());

const call = rpc('tools/call', { name: 'live__t' }, 'c');

interface Row {
  readonly input: string;
  readonly sent: Sent;
  readonly status: number;
  readonly code: number;
  readonly id?: unknown;
}

const rows: Row[] = [
  { input: 'no JSON', sent: { json: '{"jsonrpc":' }, status: 400, code: -32700 },
  { input: 'an empty body', sent: { json: '' }, status: 400, code: -32700 },
  { input: 'a BOM', sent: { json: '\ufeff{}' }, status: 400, code: -32700 },
  {
    input: 'invalid UTF-8',
    sent: { body: Buffer.from([0x22, 0xff, 0x22]) },
    status: 400,
    code: -32700,
  },
  { input: 'no JSON-RPC', sent: { json: { hello: 1 } }, status: 400, code: -32600 },
  {
    input: 'a duplicate key',
    sent: { json: '{"jsonrpc":"2.0","id":1,"method":"ping","method":"ping"}' },
    status: 400,
    code: -32600,
  },
  {
    input: 'a case variant of a key',
    sent: { json: '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}' },
    status: 400,
    code: -32600,
  },
  { input: 'a batch without a session', sent: { json: [call] }, status: 400, code: -32600 },
  {
    input: 'Content-Encoding',
    sent: { json: call, headers: { 'content-encoding': 'gzip' } },
    status: 415,
    code: -32600,
  },
  {
    input: 'another charset',
    sent: { json: call, headers: { 'content-type': 'application/json; charset=utf-16' } },
    status: 415,
    code: -32600,
  },
  {
    input: 'another content type',
    sent: { json: call, headers: { 'content-type': 'text/plain' } },
    status: 415,
    code: -32600,
  },
  {
    input: 'a body over the limit',
    sent: { json: rpc('tools/call', { name: 'live__t', arguments: { a: 'x'.repeat(1_048_577) } }) },
    status: 413,
    code: -32600,
  },
  {
    input: 'a foreign Origin',
    sent: { json: call, headers: { origin: 'https://evil.test' } },
    status: 403,
    code: -32600,
  },
  { input: 'no identity', sent: { json: call, as: null }, status: 403, code: -32600 },
  {
    input: 'Accept without a form that is answered',
    sent: { json: call, headers: { accept: 'text/html' } },
    status: 406,
    code: -32600,
  },
  {
    input: 'an unknown version header',
    sent: { json: call, headers: { 'mcp-protocol-version': '2020-01-01' } },
    status: 400,
    code: -32022,
    id: 'c',
  },
  {
    input: 'a tool without a name',
    sent: { json: rpc('tools/call', {}, 'c') },
    status: 200,
    code: -32602,
    id: 'c',
  },
  {
    input: 'an unknown tool',
    sent: { json: rpc('tools/call', { name: 'live__x' }, 'c') },
    status: 200,
    code: -32602,
    id: 'c',
  },
  {
    input: 'a tool of a server that never answered',
    sent: { json: rpc('tools/call', { name: 'dead__x' }, 'c') },
    status: 200,
    code: -31001,
    id: 'c',
  },
  {
    input: 'an unknown version header on DELETE',
    sent: { method: 'DELETE', headers: { 'mcp-protocol-version': '2020-01-01' } },
    status: 400,
    code: -32022,
  },
  { input: 'PUT', sent: { method: 'PUT' }, status: 405, code: -32600 },
  { input: 'OPTIONS', sent: { method: 'OPTIONS' }, status: 405, code: -32600 },
];

describe('what bad input gets', () => {
  it.each(rows)('$input: $status and $code', async ({ sent, status, code, id = null }) => {
    const before = live.calls.length;
    const response = await harness.send(sent);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id, error: { code } });
    expect(live.calls).toHaveLength(before);
  });

  it('a modern request whose headers disagree with its body: 400 and -32020', async () => {
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    const headers = {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'live__other',
    };
    const json = rpc('tools/call', { name: 'live__t', _meta }, 'm');
    const mismatch = await harness.send({ json, headers });
    expect(mismatch.status).toBe(400);
    expect(await mismatch.json()).toMatchObject({ id: 'm', error: { code: -32020 } });
  });

  it('a dead server: its answer names it and its state, the others go on', async () => {
    const response = await harness.send({ json: rpc('tools/call', { name: 'dead__x' }) });
    expect(await response.json()).toMatchObject({
      error: { data: { server: 'dead', state: 'failing' } },
    });
    const list = await harness.send({ json: rpc('tools/list') });
    expect(await list.json()).toMatchObject({
      result: {
        tools: [{ name: 'live__t' }],
        _meta: { 'kong-plugin-mcp/unavailable': [{ server: 'dead', state: 'failing' }] },
      },
    });
    expect((await harness.send({ json: call })).status).toBe(200);
  });
});

describe('batches', () => {
  const old = '2025-03-26';
  const notification = { jsonrpc: '2.0', method: 'notifications/initialized' };
  const batch = async (version: string, messages: unknown[], as = 'alice') =>
    harness.send({
      json: messages,
      as,
      headers: { 'mcp-session-id': await openSession(harness, {}, version) },
    });

  it('of one request are answered as batches where the session is of 2025-03-26', async () => {
    const response = await batch(old, [notification, call]);
    expect(await response.json()).toMatchObject([{ id: 'c', result: {} }]);
  });

  it('of notifications are accepted there', async () => {
    expect((await batch(old, [notification, notification])).status).toBe(202);
  });

  it.each([
    ['with two requests', old, [call, rpc('ping')]],
    ['with initialize', old, [rpc('initialize', {})]],
    ['in a later session', '2025-06-18', [call]],
    ['with nothing in it', old, []],
  ])('%s are refused', async (_title, version, messages) => {
    const response = await batch(version, messages);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32600 } });
  });

  it('in the session of another caller are refused', async () => {
    expect((await batch(old, [call], 'bob')).status).toBe(400);
  });
});

describe('failures of a call', () => {
  const local = (code: ErrorCode): CallEvent => ({
    type: 'fail',
    failure: { kind: 'local', code, message: `m ${code}`, data: { server: 'live' } },
  });

  it.each<[ErrorCode, number]>([
    ['upstream_unavailable', 200],
    ['upstream_timeout', 200],
    ['upstream_protocol', 200],
    ['upstream_too_large', 200],
    ['overloaded', 503],
    ['internal', 500],
  ])('%s is answered with status %i and its own code', async (code, status) => {
    live.script = () => events(local(code));
    const response = await harness.send({ json: call });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-mcp-outcome')).toBe(code);
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      id: 'c',
      error: { code: new McpError(code, '').rpc, message: `m ${code}`, data: { server: 'live' } },
    });
  });

  it('the server’s own error passes as it is', async () => {
    const error = Buffer.from('{ "code":-32002 , "message":"gone","data":{"a":1.0}}');
    live.script = () => events({ type: 'fail', failure: { kind: 'answered', error } });
    const response = await harness.send({ json: call });
    expect(response.headers.get('x-mcp-outcome')).toBe('error');
    expect(await response.text()).toBe(`{"jsonrpc":"2.0","id":"c","error":${error.toString()}}`);
  });

  it('a fault of the gateway says nothing of itself', async () => {
    live.script = () => {
      throw new Error('secret detail');
    };
    const response = await harness.send({ json: call });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });

  it('a body that grew over the limit after admission is 413', async () => {
    const config = kongConfig([{ name: 'live' }], { max_request_body_size: 1024 });
    const response = await harness.send(
      { json: call, tamper: (request) => (request.body += ' '.repeat(2000)) },
      config,
    );
    expect(response.status).toBe(413);
  });
});
