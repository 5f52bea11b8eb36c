import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/readiness.js';
import { aggregatorUrls } from '../../support/rig/aggregator.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { fileLog, limitPerTool } from '../../support/rig/services.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';
import { callTool, openSession, rpc } from '../../support/rpc.js';
import { workersOfRun } from '../../support/workers.js';

interface Logged {
  readonly request: { readonly headers: Readonly<Record<string, string>> };
  readonly response: { readonly status: number };
}

const workers = Math.max(2, workersOfRun);

describe('tickets between workers', () => {
  let everything: RunningServer;
  let mcp: ProtectedEndpoint;
  let token: string;
  /** Of two callers, at more than one worker. */
  const sessions: { session: string; token: string }[] = [];

  beforeAll(async () => {
    everything = await startServerEverything();
    mcp = await startProtectedEndpoint({
      aggregate: { servers: [{ name: 'everything', url: everything.url }] },
      plugins: (places) => [fileLog(places), limitPerTool(40)],
      gateway: { env: { KONG_MCP_WORKERS: String(workers) } },
    });
    token = await mcp.token();
    const tokens = [token, await mcp.token('bob')];
    await rpc(mcp.resource, 'tools/list', { token });
    // Many at a time arrive by many connections, which the workers take in turn.
    const opened = Array.from({ length: 16 }, async (_, at) => {
      const mine = tokens[at % 2]!;
      sessions.push({ session: await openSession(mcp.resource, { token: mine }), token: mine });
    });
    await Promise.all(opened);
  });
  afterAll(async () => {
    await mcp?.stop();
    await everything?.close();
  });

  /** Handles of logged calls that went to another worker and ended with `status`. */
  const sealed = (status: number): string[] =>
    (mcp.gateway.fileLogLines() as unknown as Logged[])
      .filter(({ response }) => response.status === status)
      .map(({ request }) => request.headers['x-mcp-handle'] ?? '')
      .filter((handle) => handle.startsWith('~'));
  const directly = async (handle: string, message: string): Promise<number[]> => {
    const headers = { 'x-mcp-handle': handle };
    const params = { name: 'everything__echo', arguments: { message } };
    const statuses = [];
    for (const url of aggregatorUrls(mcp.gateway, workers)) {
      statuses.push((await rpc(url, 'tools/call', { params, headers })).status);
    }
    return statuses.sort();
  };
  const closed = Array<number>(workers).fill(403);
  const echo = (message: string, own = { token, ...sessions[0] }) =>
    callTool(mcp.resource, 'everything__echo', { message }, own);

  it('lead each session’s requests to its worker, and who asks is who asked', async () => {
    for (const [at, own] of sessions.entries()) {
      const answer = await echo(`message ${at}`, own);
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.message?.result)).toContain(`message ${at}`);
      const other = sessions[(at + 1) % sessions.length]!;
      const stranger = other.token === own.token ? undefined : other.token;
      if (stranger === undefined) continue;
      const foreign = { session: own.session, token: stranger };
      expect((await rpc(mcp.resource, 'ping', foreign)).status).toBe(404);
    }
    await until(() => sealed(200).length > 0, { what: 'no request went to another worker' });
  });

  it('are closed once they were used, though a log shows them', async () => {
    for (const handle of sealed(200)) expect(await directly(handle, 'message 0')).toEqual(closed);
  });

  it('open at their worker alone, for the body that was admitted, and once', async () => {
    // Until the limit ends some request that is on its way to another worker.
    const unused = await until(
      async () => {
        await Promise.all(sessions.map((own) => echo('limited', own)));
        return sealed(429).at(-1);
      },
      { what: 'no request to another worker was ended by the limit' },
    );
    const [small, identity] = unused.split('.') as [string, string];
    const another = sealed(429).find((handle) => !handle.endsWith(identity));
    const mixed = another && `${small}.${another.split('.')[1]!}`;
    for (const forged of [small, mixed ?? small, `${unused.slice(0, -1)}-`]) {
      expect(await directly(forged, 'limited')).toEqual(closed);
    }
    expect(await directly(unused, 'another message')).toEqual([400, ...closed.slice(1)]);
    expect(await directly(unused, 'limited')).toEqual(closed);
  });
});
