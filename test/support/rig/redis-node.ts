import { projectFile } from '../project.js';
import { startGateway } from '../gateway/gateway.js';
import type { Gateway } from '../gateway/gateway.js';
import { TestProcess } from '../process.js';
import type { TestRedis } from '../redis.js';
import { endpoint } from './services.js';

export interface RedisNodeOptions {
  readonly redis: TestRedis;
  /** Beside its address. */
  readonly secret?: object;
  readonly issuer: string;
  /** Address of the MCP server. */
  readonly server: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What tokens for the endpoint of such a node are for. */
export const resource = 'http://127.0.0.1:9/mcp';

/** A node whose both plugins share a Redis with those of others; one endpoint at `/mcp`. */
export function startRedisNode(options: RedisNodeOptions): Promise<Gateway> {
  const { redis, secret, issuer, server, env } = options;
  const shared = { host: '127.0.0.1', port: redis.port, ...secret };
  return startGateway({
    env,
    declarative: {
      services: [
        endpoint({
          name: 'mcp',
          path: '/mcp',
          oauth: { resource, authorization_servers: [issuer], redis: shared },
          aggregate: { servers: [{ name: 's', url: server }], redis: shared },
        }),
      ],
    },
  });
}

/** `kong-mcp revoke`, when it has ended. */
export async function revoke({ port }: TestRedis, ...args: string[]): Promise<TestProcess> {
  const url = `redis://127.0.0.1:${port}`;
  const command = [projectFile('dist/kong/cli/main.js'), 'revoke', '--redis', url];
  const run = new TestProcess(process.execPath, [...command, ...args]);
  await run.exited;
  return run;
}
