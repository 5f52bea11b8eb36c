import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway/gateway.js';
import type { Gateway } from '../support/gateway/gateway.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/readiness.js';
import { startDemoServers } from '../support/rig/demo-servers.js';
import type { DemoServers } from '../support/rig/demo-servers.js';
import { startIssuer } from '../support/rig/issuer.js';
import type { Issuer } from '../support/rig/issuer.js';
import { endpoint, fileLog, limitPerTool } from '../support/rig/services.js';
import { callTool, openSession, rpc } from '../support/rpc.js';

const secret = 'swordfish-argument-9481';

describe('Kong’s own plugins beside ours', () => {
  let issuer: Issuer;
  let demo: DemoServers;
  let gateway: Gateway;
  let resource: string;

  beforeAll(async () => {
    const port = await freePort();
    resource = `http://127.0.0.1:${port}/mcp`;
    [issuer, demo] = await Promise.all([startIssuer([resource]), startDemoServers()]);
    gateway = await startGateway({
      port,
      env: demo.env,
      declarative: (places) => ({
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            oauth: { resource, authorization_servers: [issuer.url] },
            aggregate: { servers: demo.servers },
            plugins: [limitPerTool(3), fileLog(places)],
          }),
        ],
      }),
    });
    // The merged list is warm once every server has answered.
    await until(
      async () => {
        const answer = await rpc(resource, 'tools/list', {
          token: await issuer.token(resource, crypto.randomUUID()),
        });
        return JSON.stringify(answer.message).includes('memory__read_graph');
      },
      { what: 'the servers never listed their tools' },
    );
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), demo?.close()]);
  });

  const echo = async (user: string, headers = {}): Promise<number> => {
    const token = await issuer.token(resource, user);
    const args = { message: secret };
    return (await callTool(resource, 'everything__echo', args, { token, headers })).status;
  };

  it('limit one tool and one user, and nobody else', async () => {
    expect([await echo('ann'), await echo('ann'), await echo('ann')]).toEqual([200, 200, 200]);
    expect(await echo('ann')).toBe(429);
    expect(await echo('ben')).toBe(200);
    const token = await issuer.token(resource, 'ann');
    const graph = await callTool(resource, 'memory__read_graph', {}, { token });
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
      const token = await issuer.token(resource, 'many-clients', { claims });
      const args = { message: 'x' };
      statuses.push((await callTool(resource, 'everything__echo', args, { token })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it('count unknown names of one user together', async () => {
    const statuses: number[] = [];
    for (const name of ['everything__a', 'everything__b', 'nobody__c', 'd']) {
      const token = await issuer.token(resource, 'guesser');
      statuses.push((await callTool(resource, name, {}, { token })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it('log method, name, server, subject and a hash of the session', async () => {
    const token = await issuer.token(resource, 'logged');
    const session = await openSession(resource, { token });
    await callTool(resource, 'everything__echo', { message: secret }, { token, session });
    const line = await until(
      () =>
        gateway.fileLogLines().find((entry) => {
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
    const logs = gateway.logText();
    expect(logs).toContain('everything__echo');
    expect(logs).not.toContain(secret);
    for (const token of issuer.minted) expect(logs).not.toContain(token);
  });
});
