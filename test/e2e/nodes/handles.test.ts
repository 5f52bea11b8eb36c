import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/readiness.js';
import { aggregatorUrls } from '../../support/rig/aggregator.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { endpoint, fileLog, limitPerTool } from '../../support/rig/services.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';
import { callTool, openSession, rpc } from '../../support/rpc.js';
import { workersOfRun } from '../../support/workers.js';

interface Logged {
  readonly request: { readonly headers: Readonly<Record<string, string>> };
  readonly response: { readonly status: number };
}

describe('the way from mcp-aggregate to the aggregator', () => {
  let everything: RunningServer;
  let mcp: ProtectedEndpoint;
  let token: string;

  beforeAll(async () => {
    everything = await startServerEverything();
    const aggregate = { servers: [{ name: 'everything', url: everything.url }] };
    mcp = await startProtectedEndpoint({
      aggregate,
      plugins: (places) => [fileLog(places), limitPerTool(2)],
      services: [
        endpoint({ name: 'forgotten', path: '/forgotten', aggregate }),
        endpoint({ name: 'open', path: '/open', aggregate: { ...aggregate, anonymous: true } }),
      ],
    });
    token = await mcp.token();
    // Names that no list has shown yet share one bucket of the limit.
    await rpc(mcp.resource, 'tools/list', { token });
  });
  afterAll(async () => {
    await mcp?.stop();
    await everything?.close();
  });

  /** The handle of a logged call that ended with `status`. */
  const loggedHandle = (status: number): Promise<string> =>
    until(
      () =>
        (mcp.gateway.fileLogLines() as unknown as Logged[])
          .filter(({ request, response }) =>
            request.headers['x-mcp-handle'] ? response.status === status : false,
          )
          .at(-1)?.request.headers['x-mcp-handle'],
      { what: `no logged call with ${status}` },
    );

  /** What the workers answer to it, of which only one may know the handle. */
  const directly = async (handle: string | undefined, message: string): Promise<number[]> => {
    const headers: Record<string, string> = handle === undefined ? {} : { 'x-mcp-handle': handle };
    const params = { name: 'everything__echo', arguments: { message } };
    const statuses = [];
    for (const url of aggregatorUrls(mcp.gateway)) {
      statuses.push((await rpc(url, 'tools/call', { params, headers })).status);
    }
    return statuses.sort();
  };
  const allOf = (status: number): number[] => Array<number>(workersOfRun).fill(status);

  it('is closed without a handle, and to a made-up one', async () => {
    expect(await directly(undefined, 'x')).toEqual(allOf(403));
    expect(await directly('', 'x')).toEqual(allOf(403));
    const sealed = `~${'A'.repeat(80)}.${'B'.repeat(80)}`;
    expect(await directly(sealed, 'x')).toEqual(allOf(403));
    const made = `${'A'.repeat(22)}.${'B'.repeat(22)}`;
    expect(await directly(made, 'x')).toEqual(allOf(403));
  });

  it('is closed to a handle that was used, though a log shows it', async () => {
    const answer = await callTool(mcp.resource, 'everything__echo', { message: 'one' }, { token });
    expect(answer.status).toBe(200);
    expect(await directly(await loggedHandle(200), 'one')).toEqual(allOf(403));
  });

  it('is closed to an unused handle with another body', async () => {
    const statuses: number[] = [];
    for (const message of ['two', 'three']) {
      const args = { message };
      statuses.push((await callTool(mcp.resource, 'everything__echo', args, { token })).status);
    }
    expect(statuses).toEqual([200, 429]);
    const unused = await loggedHandle(429);
    expect(await directly(unused, 'another message')).toEqual([400, ...allOf(403).slice(1)]);
    // It was used up by the attempt.
    expect(await directly(unused, 'three')).toEqual(allOf(403));
  });

  it('ignores a handle that a client sends through Kong', async () => {
    const other = { token, headers: { 'x-mcp-handle': 'made.up', X_Mcp_Handle: 'made.up' } };
    const answer = await rpc(mcp.resource, 'ping', other);
    expect(answer.status).toBe(200);
    expect(answer.message).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  });

  it('needs an identity unless the endpoint is anonymous', async () => {
    const forgotten = await rpc(mcp.gateway.at('/forgotten'), 'tools/list', { token });
    expect(forgotten.status).toBe(403);
    expect(forgotten.message?.error?.message).toContain('mcp-oauth');
    const headers = { 'x-consumer-id': 'admin', 'x-credential-identifier': 'admin' };
    expect((await rpc(mcp.gateway.at('/forgotten'), 'tools/list', { headers })).status).toBe(403);
    expect((await rpc(mcp.gateway.at('/open'), 'tools/list')).status).toBe(200);
  });

  it('gives a session to its owner at its endpoint, and to nobody else', async () => {
    const session = await openSession(mcp.resource, { token });
    expect((await rpc(mcp.resource, 'ping', { token, session })).status).toBe(200);
    const stranger = await mcp.token('mallory');
    expect((await rpc(mcp.resource, 'ping', { token: stranger, session })).status).toBe(404);
    expect((await rpc(mcp.gateway.at('/open'), 'ping', { session })).status).toBe(404);
  });
});
