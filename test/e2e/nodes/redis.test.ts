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
import { untilListed } from '../../support/rig/listed.js';
import { resource, revoke, startRedisNode } from '../../support/rig/redis-node.js';
import { exchange, openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import { startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const password = 'a password of Redis';

describe.skipIf(redisMissing !== undefined)(
  `two nodes that share a Redis${redisMissing ? ` (${redisMissing})` : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'redis-test-'));
    let redis: TestRedis;
    let issuer: Issuer;
    let server: HttpFixture;
    const nodes: Gateway[] = [];
    const operations: number[] = [];
    let secretFile: string;

    beforeAll(async () => {
      [redis, issuer, server] = await Promise.all([
        startRedis(password),
        startIssuer([resource]),
        startHttpFixture(),
      ]);
      secretFile = join(folder, 'password');
      writeFileSync(secretFile, password, { mode: 0o600 });
      const key = randomBytes(32).toString('base64');
      for (let n = 0; n < 2; n++) {
        const port = await freePort();
        operations.push(port);
        nodes.push(await startNode(key, port, { password }));
      }
      await Promise.all(operations.map((port) => untilRedis(port, 'ready')));
    });
    afterAll(async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await Promise.all([issuer?.close(), server?.close(), redis?.stop()]);
      rmSync(folder, { recursive: true, force: true });
    });

    function startNode(key: string, port: number, secret: object): Promise<Gateway> {
      const env = { KONG_MCP_SEALING_KEY: key, KONG_MCP_OPERATIONS: String(port) };
      return startRedisNode({ redis, secret, issuer: issuer.url, server: server.url, env });
    }

    async function redisAt(port: number): Promise<readonly { state: string; reason?: string }[]> {
      const { text } = await exchange(`http://127.0.0.1:${port}/status`, 'GET', {});
      return redisOf(JSON.parse(text) as unknown);
    }

    async function untilRedis(port: number, state: string): Promise<{ reason?: string }> {
      return until(
        async () => {
          // Configurations start with the first request.
          for (const node of nodes) await rpc(node.at('/mcp'), 'ping', { token: await good() });
          return (await redisAt(port)).find((one) => one.state === state);
        },
        { what: `Redis is not ${state}` },
      );
    }

    const good = (subject = 'alice') => issuer.token(resource, subject);

    const revokeWithPassword = (...args: string[]) =>
      revoke(redis, '--redis-password-file', secretFile, ...args);

    it('a session that ended at one opens at neither, also after a restart', async () => {
      const [first, second] = nodes as [Gateway, Gateway];
      const token = await good('ender');
      const session = await openSession(first.at('/mcp'), { token });
      expect((await rpc(second.at('/mcp'), 'ping', { token, session })).status).toBe(200);
      const other = await openSession(first.at('/mcp'), { token });
      const headers = { authorization: `Bearer ${token}`, 'mcp-session-id': session };
      expect((await exchange(first.at('/mcp'), 'DELETE', headers)).status).toBe(204);
      await until(
        async () => (await rpc(second.at('/mcp'), 'ping', { token, session })).status === 404,
        { what: 'the second node still serves the ended session' },
      );
      await second.pluginServer.kill();
      await second.pluginServer.respawn();
      await untilRedis(operations[1]!, 'ready');
      expect((await rpc(second.at('/mcp'), 'ping', { token, session })).status).toBe(404);
      expect((await rpc(second.at('/mcp'), 'ping', { token, session: other })).status).toBe(200);
    });

    it('a revoked token is refused at both, with its stream', async () => {
      const token = await good('bob');
      const kept = await good('bob');
      const at = nodes.map((node) => node.at('/mcp'));
      const session = await openSession(at[0]!, { token });
      const stream = await openStream(at[0]!, { method: 'GET', session, token });
      const file = join(folder, 'token');
      writeFileSync(file, token);
      const run = await revokeWithPassword('--token-file', file);
      expect(run.stdout).toContain('Revoked the token');
      for (const url of at) {
        await until(async () => (await rpc(url, 'ping', { token })).status === 401, {
          what: 'a revoked token passes',
        });
        const refused = await rpc(url, 'ping', { token });
        expect(refused.headers['www-authenticate']).toContain('the token has been revoked');
        expect((await rpc(url, 'ping', { token: kept })).status).toBe(200);
      }
      await stream.rest();
    });

    it('what a user was given is refused at both; others go on', async () => {
      const token = await good('carol');
      const at = nodes.map((node) => node.at('/mcp'));
      const run = await revokeWithPassword('--issuer', issuer.url, '--subject', 'carol');
      expect(run.stdout).toContain('Revoked what the user was given');
      for (const url of at) {
        await until(async () => (await rpc(url, 'ping', { token })).status === 401, {
          what: 'what was given to a revoked user passes',
        });
        expect((await rpc(url, 'ping', { token: await good('dave') })).status).toBe(200);
      }
    });

    it('without Redis calls go on, /status says so, and it comes back by itself', async () => {
      const token = await good();
      await redis.stop();
      const down = await untilRedis(operations[0]!, 'down');
      expect(down.reason).toBeTruthy();
      const session = await openSession(nodes[0]!.at('/mcp'), { token });
      expect((await rpc(nodes[1]!.at('/mcp'), 'ping', { token, session })).status).toBe(200);
      const failed = await revokeWithPassword('--consumer', 'x');
      expect(failed.stderr).toContain('nothing was revoked');
      await redis.start();
      await untilRedis(operations[0]!, 'ready');
      await untilRedis(operations[1]!, 'ready');
    });

    it('a wrong password is named, with what to do; calls go on', async () => {
      const port = await freePort();
      const node = await startNode(randomBytes(32).toString('base64'), port, {
        password: 'wrong secret',
      });
      try {
        const token = await good();
        await untilListed(node.at('/mcp'), [], { token });
        const [status] = await until(
          async () => {
            const all = await redisAt(port);
            return all.some(({ state }) => state === 'down') ? all : undefined;
          },
          { what: 'a wrong password is not noticed' },
        );
        expect(status?.reason).toMatch(/WRONGPASS|invalid/);
        expect(node.pluginServer.stderr).toContain('redis.password');
        expect(node.pluginServer.stderr).not.toContain('wrong secret');
      } finally {
        await node.stop();
      }
    });
  },
);

function redisOf(status: unknown): readonly { state: string; reason?: string }[] {
  const found: { state: string; reason?: string }[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (key === 'redis' && Array.isArray(member)) found.push(...(member as typeof found));
      else walk(member);
    }
  };
  walk(status);
  return found;
}
