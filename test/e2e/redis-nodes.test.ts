import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway/gateway.js';
import type { Gateway } from '../support/gateway/gateway.js';
import { freePort } from '../support/ports.js';
import { TestProcess } from '../support/process.js';
import { projectFile } from '../support/project.js';
import { until } from '../support/readiness.js';
import { redisMissing, startRedis } from '../support/redis.js';
import type { TestRedis } from '../support/redis.js';
import { startIssuer } from '../support/rig/issuer.js';
import type { Issuer } from '../support/rig/issuer.js';
import { endpoint } from '../support/rig/services.js';
import { openSession, rpc } from '../support/rpc.js';
import { openStream } from '../support/stream-reader.js';
import { startHttpFixture } from '../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../support/upstreams/http-fixture.js';

describe.skipIf(redisMissing !== undefined)(
  `two nodes that lead requests to each other and share a Redis${redisMissing ? ` (${redisMissing})` : ''}`,
  () => {
    const resource = 'http://127.0.0.1:9/mcp';
    const folder = mkdtempSync(join(tmpdir(), 'redis-nodes-test-'));
    const nodes: Gateway[] = [];
    let redis: TestRedis;
    let issuer: Issuer;
    let server: HttpFixture;

    beforeAll(async () => {
      [redis, issuer, server] = await Promise.all([
        startRedis(),
        startIssuer([resource]),
        startHttpFixture(),
      ]);
      const key = randomBytes(32).toString('base64');
      for (let n = 0; n < 2; n++) nodes.push(await startNode(key, await freePort()));
    });
    afterAll(async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await Promise.all([issuer?.close(), server?.close(), redis?.stop()]);
      rmSync(folder, { recursive: true, force: true });
    });

    function startNode(key: string, port: number): Promise<Gateway> {
      const shared = { host: '127.0.0.1', port: redis.port };
      return startGateway({
        env: { KONG_MCP_SEALING_KEY: key, KONG_MCP_PEER_ADDRESS: `127.0.0.1:${port}` },
        declarative: {
          services: [
            endpoint({
              name: 'mcp',
              path: '/mcp',
              oauth: { resource, authorization_servers: [issuer.url], redis: shared },
              aggregate: { servers: [{ name: 's', url: server.url }], redis: shared },
            }),
          ],
        },
      });
    }

    it('a stream that one has led to the other ends when its token is revoked', async () => {
      const [first, second] = nodes.map((node) => node.at('/mcp')) as [string, string];
      const token = await issuer.token(resource, 'bob');
      const session = await openSession(first, { token });
      await until(async () => (await rpc(second, 'ping', { token, session })).status === 200, {
        what: 'the session is not served by way of the other node',
      });
      const stream = await openStream(second, { method: 'GET', session, token });
      const file = join(folder, 'token');
      writeFileSync(file, token);
      const url = `redis://127.0.0.1:${redis.port}`;
      const command = [projectFile('dist/kong/cli/main.js'), 'revoke', '--redis', url];
      const run = new TestProcess(process.execPath, [...command, '--token-file', file]);
      await run.exited;
      expect(run.stdout).toContain('Revoked the token');
      await stream.rest();
    });
  },
);
