import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../ports.js';
import { TestProcess } from '../process.js';
import { projectFile } from '../project.js';
import { until } from '../readiness.js';
import { rpc } from '../rpc.js';
import { startTurningServer } from '../upstreams/turning-server.js';
import type { TurningServer } from '../upstreams/turning-server.js';
import { startOpenEndpoint } from './one-endpoint.js';
import type { OpenEndpoint } from './one-endpoint.js';

interface PinStatus {
  readonly mode: string;
  readonly source: string;
  readonly problem: string | null;
  readonly serves: boolean;
  readonly differing: Readonly<Record<string, number>>;
  readonly withheld: number;
  readonly approved: Readonly<Record<string, number | null>>;
  readonly changes: readonly {
    readonly item: string;
    readonly change: string;
    readonly members: readonly string[];
  }[];
}

interface ServerStatus {
  readonly name: string;
  readonly pin: PinStatus | null;
  readonly lint: { readonly by_rule: Readonly<Record<string, number>> } | null;
}

const cli = projectFile('dist/kong/cli/main.js');
/** Runs a command of `kong-mcp`. */
export async function kongMcp(...args: string[]) {
  const run = new TestProcess(process.execPath, [cli, ...args]);
  const code = await run.exited;
  return { code, stdout: run.stdout, stderr: run.stderr };
}

/** An endpoint with servers whose definitions are pinned, and a folder for lockfiles. */
export class PinRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'pins-'));
  readonly servers: TurningServer[] = [];
  operations = '';
  mcp: OpenEndpoint | undefined;

  async start(
    servers: readonly object[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    this.operations = `127.0.0.1:${await freePort()}`;
    this.mcp = await startOpenEndpoint({
      aggregate: { servers, list_ttl: 1, page_size: 10_000 },
      gateway: {
        env: { KONG_MCP_OPERATIONS: this.operations, KONG_MCP_PIN_DIR: this.folder, ...env },
      },
    });
  }

  async stop(): Promise<void> {
    await this.mcp?.stop();
    await Promise.all(this.servers.map((server) => server.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The plugin server alone, as an update would. */
  async restart(): Promise<void> {
    const { pluginServer } = this.mcp!.gateway;
    await pluginServer.kill('SIGTERM');
    await pluginServer.respawn();
    // An endpoint is known from the first request on.
    await until(async () => (await rpc(this.url, 'tools/list')).status === 200, {
      what: 'the endpoint never answered',
    });
  }

  async turning(legacy = true): Promise<TurningServer> {
    const server = await startTurningServer(legacy);
    this.servers.push(server);
    return server;
  }

  get url(): string {
    return this.mcp!.url;
  }

  get log(): string {
    return this.mcp!.gateway.logText();
  }

  async tools(): Promise<readonly string[]> {
    const { message } = await rpc(this.url, 'tools/list');
    return (message?.result?.['tools'] as { name: string }[]).map(({ name }) => name).sort();
  }

  untilTools(...names: readonly string[]): Promise<unknown> {
    const look = async () => {
      const tools = await this.tools();
      if (tools.join() !== [...names].sort().join()) throw new Error(tools.join());
      return true;
    };
    return until(look, { what: `the tools were never ${names.join()}`, timeoutMs: 30_000 });
  }

  async status(name: string): Promise<ServerStatus> {
    const status = (await (await fetch(`http://${this.operations}/status`)).json()) as {
      plugins: Record<'mcp-aggregate', { endpoints: { servers: ServerStatus[] }[] }>;
    };
    const { servers } = status.plugins['mcp-aggregate'].endpoints[0]!;
    return servers.find((server) => server.name === name)!;
  }

  untilStatus(name: string, test: (status: ServerStatus) => boolean): Promise<unknown> {
    return until(async () => test(await this.status(name)), {
      what: `the status of ${name} never was so`,
      timeoutMs: 30_000,
    });
  }
}
