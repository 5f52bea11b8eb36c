import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { redisMissing, startRedis } from '../../support/redis.js';
import type { TestRedis } from '../../support/redis.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { resource, revoke, startRedisNode } from '../../support/rig/redis-node.js';
import { openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import { startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

describe.skipIf(redisMissing !== undefined)(
  `two nodes that lead requests to each other and share a Redis${redisMissing ? ` (${redisMissing})` : ''}`,
  () => {
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
      for (let n = 0; n < 2; n++) {
        const peer = `127.0.0.1:${await freePort()}`;
        const env = { KONG_MCP_SEALING_KEY: key, KONG_MCP_PEER_ADDRESS: peer };
        nodes.push(await startRedisNode({ redis, issuer: issuer.url, server: server.url, env }));
      }
    });
    afterAll(async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await Promise.all([issuer?.close(), server?.close(), redis?.stop()]);
      rmSync(folder, { recursive: true, force: true });
    });

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
      const run = await revoke(redis, '--token-file', file);
      expect(run.stdout).toContain('Revoked the token');
      await stream.rest();
    });
  },
);
