import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/readiness.js';
import { startDemoServers } from '../../support/rig/demo-servers.js';
import type { DemoServers } from '../../support/rig/demo-servers.js';
import { untilListed } from '../../support/rig/listed.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { fileLog, limitPerTool } from '../../support/rig/services.js';
import { callTool, openSession } from '../../support/rpc.js';

const secret = 'swordfish-argument-9481';

describe('Kong’s own plugins beside ours', () => {
  let demo: DemoServers;
  let mcp: ProtectedEndpoint;

  beforeAll(async () => {
    demo = await startDemoServers();
    mcp = await startProtectedEndpoint({
      aggregate: { servers: demo.servers },
      plugins: (places) => [limitPerTool(3), fileLog(places)],
      gateway: { env: demo.env },
    });
    // The merged list is warm once every server has answered. Each look counts for who looks.
    const token = () => mcp.token(crypto.randomUUID());
    await untilListed(mcp.resource, ['memory__read_graph'], { token });
  });
  afterAll(async () => {
    await mcp?.stop();
    await demo?.close();
  });

  const echo = async (user: string, headers = {}): Promise<number> => {
    const token = await mcp.token(user);
    const args = { message: secret };
    return (await callTool(mcp.resource, 'everything__echo', args, { token, headers })).status;
  };

  it('limit one tool and one user, and nobody else', async () => {
    expect([await echo('ann'), await echo('ann'), await echo('ann')]).toEqual([200, 200, 200]);
    expect(await echo('ann')).toBe(429);
    expect(await echo('ben')).toBe(200);
    const token = await mcp.token('ann');
    const graph = await callTool(mcp.resource, 'memory__read_graph', {}, { token });
    expect(graph.status).toBe(200);
    expect(graph.message?.result).toHaveProperty('structuredContent');
  });

  it('count by the body: a client that lies in its headers gains nothing', async () => {
    const lies = [
      { 'mcp-name': 'memory__read_graph' },
      { 'mcp-name': 'a', Mcp_Name: 'b', 'mcp-method': 'ping' },
      { 'x-mcp-limit-key': 'mine' },
      { 'x-mcp-limit-key': 'mine', X_Mcp_Limit_Key: 'other' },
    ];
    const statuses: number[] = [];
    for (const headers of lies) statuses.push(await echo('liar', headers));
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it('count a user, whichever client the user registers', async () => {
    const statuses: number[] = [];
    for (const client of ['one', 'two', 'three', 'four']) {
      const claims = { client_id: client };
      const token = await mcp.token('many-clients', { claims });
      const args = { message: 'x' };
      statuses.push((await callTool(mcp.resource, 'everything__echo', args, { token })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it('count unknown names of one user together', async () => {
    const statuses: number[] = [];
    for (const name of ['everything__a', 'everything__b', 'nobody__c', 'd']) {
      const token = await mcp.token('guesser');
      statuses.push((await callTool(mcp.resource, name, {}, { token })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it('log method, name, server, subject and a hash of the session', async () => {
    const token = await mcp.token('logged');
    const session = await openSession(mcp.resource, { token });
    await callTool(mcp.resource, 'everything__echo', { message: secret }, { token, session });
    const line = await until(
      () =>
        mcp.gateway.fileLogLines().find((entry) => {
          const mcp = entry['mcp'] as Record<string, unknown> | undefined;
          return mcp?.['subject'] === 'logged' && mcp['name'] === 'everything__echo';
        }),
      { what: 'no line for the call in the file log' },
    );
    expect(line['mcp']).toMatchObject({
      method: 'tools/call',
      name: 'everything__echo',
      server: 'everything',
      subject: 'logged',
      session: expect.stringMatching(/^[A-Za-z0-9_-]{8,64}$/),
    });
    expect(JSON.stringify(line['mcp'])).not.toContain(session);
    const response = line['response'] as { headers: Record<string, string> };
    expect(response.headers).toMatchObject({ 'x-mcp-server': 'everything' });
  });

  it('write no token and no argument to any log', () => {
    const logs = mcp.gateway.logText();
    expect(logs).toContain('everything__echo');
    expect(logs).not.toContain(secret);
    for (const token of mcp.issuer.minted) expect(logs).not.toContain(token);
  });
});
