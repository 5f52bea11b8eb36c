import { describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Declarative } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { untilListed } from '../../support/rig/listed.js';
import { internalRoute } from '../../support/rig/route-servers.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';
import { workersOfRun } from '../../support/workers.js';

const users = Array.from({ length: 12 }, (_, index) => `user-${index}`);
const list = JSON.stringify({ tools: [{ name: 'work', inputSchema: { type: 'object' } }] });

async function startInstance(): Promise<HttpFixture> {
  const instance = await startHttpFixture();
  instance.on('tools/list', (arrived, response) => answer(arrived, response, list));
  return instance;
}

/** Kong's upstreams are Kong's alone: the stand-in says so, and only a Kong is asked for more. */
describe('several instances of a server behind a route', () => {
  const balanced = (port: number, issuer: Issuer, instances: readonly HttpFixture[]) => {
    const kong = `http://127.0.0.1:${port}`;
    const resource = `${kong}/mcp`;
    const servers = [{ name: 'one', route: { path: '/internal/one', kong_url: kong } }];
    const declarative: Declarative = {
      upstreams: [
        {
          name: 'instances',
          algorithm: 'consistent-hashing',
          hash_on: 'header',
          // Kong 3.9 reads it as the name of an nginx variable: with hyphens all would hash alike.
          hash_on_header: 'x_mcp_affinity',
          targets: instances.map(({ url }) => ({ target: new URL(url).host })),
        },
      ],
      services: [
        endpoint({
          name: 'mcp',
          path: '/mcp',
          oauth: { resource, authorization_servers: [issuer.url] },
          aggregate: { servers, list_ttl: 86_400 },
        }),
        internalRoute({ name: 'one', path: '/internal/one', url: 'http://instances:80/mcp' }),
      ],
    };
    return { resource, start: () => startGateway({ port, declarative }) };
  };

  it('keep each session, from its first request on, by X-Mcp-Affinity', async () => {
    const port = await freePort();
    const instances = await Promise.all([startInstance(), startInstance()]);
    const issuer = await startIssuer([`http://127.0.0.1:${port}/mcp`]);
    try {
      const { resource, start } = balanced(port, issuer, instances);
      if (!process.env['KONG_BIN']) {
        await expect(start()).rejects.toThrow(/upstreams.*unknown field/);
        return;
      }
      await using _gateway = await start();
      await callEach(resource, issuer);
      for (const { arrived, sessions } of instances) {
        expect(sessions.size).toBeGreaterThan(0);
        const strays = arrived.filter(({ headers }) => {
          const session = headers['mcp-session-id'];
          return session !== undefined && !sessions.has(String(session));
        });
        expect(strays).toEqual([]);
      }
      const opened = instances.map((instance) => instance.of('initialize').length);
      // One per user, and one for the gateway's own lists, of each worker that has calls of them.
      expect(opened[0]! + opened[1]!).toBeGreaterThan(users.length);
      expect(opened[0]! + opened[1]!).toBeLessThanOrEqual((users.length + 1) * workersOfRun);
      await moveAway(resource, issuer, instances);
    } finally {
      await Promise.all([issuer.close(), ...instances.map((instance) => instance.close())]);
    }
  });

  async function callEach(resource: string, issuer: Issuer): Promise<void> {
    const token = await issuer.token(resource);
    await untilListed(resource, ['one__work'], { token });
    for (const round of [1, 2, 3]) {
      for (const user of users) {
        const own = await issuer.token(resource, user);
        const { message } = await callTool(resource, 'one__work', { round }, { token: own });
        expect(message?.result).toBeDefined();
      }
    }
  }

  /** An instance that has forgotten its sessions, as after a restart: they are opened anew. */
  async function moveAway(
    resource: string,
    issuer: Issuer,
    [first]: readonly HttpFixture[],
  ): Promise<void> {
    first!.sessions.clear();
    for (const user of users) {
      const token = await issuer.token(resource, user);
      const { message } = await callTool(resource, 'one__work', {}, { token });
      expect(message?.result).toBeDefined();
    }
  }
});
