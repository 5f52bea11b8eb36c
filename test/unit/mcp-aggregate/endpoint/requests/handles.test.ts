import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream, tool } from '../../../../support/aggregate/fake-upstream.js';
import {
  kongConfig,
  openSession,
  rpc,
  startHarness,
} from '../../../../support/aggregate/harness.js';
import type { Harness } from '../../../../support/aggregate/harness.js';

const one = new FakeUpstream('one', [tool('echo'), tool('drop')]);
let harness: Harness;

beforeAll(async () => {
  harness = await startHarness([one]);
});
afterAll(() => harness.stop());

const call = (name: string) => rpc('tools/call', { name }, 'c');

/** Straight to the aggregator's address, as a process on the same machine could. */
function direct(headers: Record<string, string>, body = JSON.stringify(call('one__echo'))) {
  return fetch(`http://127.0.0.1:${harness.aggregator.port}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

async function freshHandle(json: unknown = call('one__echo')): Promise<string> {
  const kong = await harness.access({ json });
  return kong.upstreamHeaders()['x-mcp-handle'] as string;
}

describe('handles of the aggregator', () => {
  it('without one, the aggregator answers 403 and calls nobody', async () => {
    const before = one.calls.length;
    const response = await direct({});
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ id: null, error: { code: -32600 } });
    expect(one.calls).toHaveLength(before);
  });

  it.each(['x', 'a.b', '', `${'A'.repeat(22)}.${'A'.repeat(22)}`])(
    'a forged one (%s) is 403',
    async (handle) => {
      expect((await direct({ 'x-mcp-handle': handle })).status).toBe(403);
    },
  );

  it('one with the right id and another secret is 403, and the right one still works', async () => {
    const handle = await freshHandle();
    const [id] = handle.split('.');
    expect((await direct({ 'x-mcp-handle': `${id}.${'B'.repeat(22)}` })).status).toBe(403);
    expect((await direct({ 'x-mcp-handle': handle })).status).toBe(200);
  });

  it('works once', async () => {
    const handle = await freshHandle();
    expect((await direct({ 'x-mcp-handle': handle })).status).toBe(200);
    expect((await direct({ 'x-mcp-handle': handle })).status).toBe(403);
  });

  it('of the direction to mcp-aggregate is worthless here', async () => {
    const ticket = { httpMethod: 'POST' } as never;
    const handle = harness.aggregator.handles.mint('oauth', ticket);
    expect((await direct({ 'x-mcp-handle': handle })).status).toBe(403);
  });

  it('a body with another tool than was admitted is 400 with -32020', async () => {
    const before = one.calls.length;
    const response = await harness.send({
      json: call('one__echo'),
      tamper: (request) => {
        request.body = JSON.stringify(call('one__drop'));
      },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32020 } });
    expect(one.calls).toHaveLength(before);
  });

  it('a body with other arguments than were admitted is 400: a handle from a log is no use', async () => {
    const before = one.calls.length;
    const response = await harness.send({
      json: rpc('tools/call', { name: 'one__echo', arguments: { to: 'alice' } }),
      tamper: (request) => {
        request.body = request.body.replace('alice', 'mallory');
      },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32020 } });
    expect(one.calls).toHaveLength(before);
  });

  it.each([rpc('tools/list'), { jsonrpc: '2.0', method: 'tools/call', params: { name: 'x' } }])(
    'a body with another method or kind than was admitted is 400: %j',
    async (changed) => {
      const response = await harness.send({
        json: call('one__echo'),
        tamper: (request) => {
          request.body = JSON.stringify(changed);
        },
      });
      expect(response.status).toBe(400);
    },
  );

  it('another HTTP method than was admitted is 400, and the session lives on', async () => {
    const headers = { 'mcp-session-id': await openSession(harness) };
    const kong = await harness.access({ json: call('one__echo'), headers });
    const handle = kong.upstreamHeaders()['x-mcp-handle'] as string;
    const response = await fetch(`http://127.0.0.1:${harness.aggregator.port}/mcp`, {
      method: 'DELETE',
      headers: { 'x-mcp-handle': handle },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32020 } });
    expect((await harness.send({ json: rpc('ping'), headers })).status).toBe(200);
  });

  it('a handle sent by the client is replaced by the access phase', async () => {
    const stolen = await freshHandle();
    const response = await harness.send({
      as: 'mallory',
      json: call('one__echo'),
      headers: { 'x-mcp-handle': stolen, x_mcp_handle: stolen },
    });
    expect(response.status).toBe(200);
    expect(one.calls.at(-1)!.caller.identity.subject).toBe('mallory');
  });

  it('opens only sessions of the endpoint it was made at', async () => {
    const session = await openSession(harness);
    const other = kongConfig([{ name: 'one' }], { route_id: 'route-b', __plugin_id: 'plugin-b' });
    const headers = { 'mcp-session-id': session };
    const here = await harness.send({ json: rpc('ping'), headers });
    const there = await harness.send({ json: rpc('ping'), headers }, other);
    expect([here.status, there.status]).toEqual([200, 404]);
  });
});
