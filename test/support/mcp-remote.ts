import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { atDemoLogin, browse } from './authorization-server/headless-browser.js';
import type { FillForm } from './authorization-server/headless-browser.js';
import { freePort } from './ports.js';
import { bareEnvironment } from './process.js';
import { until } from './readiness.js';

export interface McpRemote {
  /** A client that knows only stdio, with mcp-remote as its server. */
  readonly client: Client;
  /** The authorization request that mcp-remote printed. */
  readonly request: URL;
  close(): Promise<void>;
}

const proxy = join(
  createRequire(import.meta.url).resolve('mcp-remote/package.json'),
  '../dist/proxy.js',
);

/**
 * Starts mcp-remote with a home of its own and logs it in by a headless browser.
 * @param person who signs in; default: somebody at the demo's page
 */
export async function startMcpRemote(
  url: string,
  person: FillForm = atDemoLogin({ account: 'alice' }),
): Promise<McpRemote> {
  const home = mkdtempSync(join(tmpdir(), 'mcp-remote-'));
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [proxy, url, String(await freePort())],
    env: { ...bareEnvironment, HOME: home, MCP_REMOTE_CONFIG_DIR: home },
    stderr: 'pipe',
  });
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const client = new Client({ name: 'stdio-only', version: '1' });
  const close = async () => {
    await client.close();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const connected = client.connect(transport);
    const [request] = await Promise.all([logIn(() => said, person), connected]);
    return { client, request, close };
  } catch (error) {
    await close();
    throw new Error(`mcp-remote: ${said}`, { cause: error });
  }
}

async function logIn(said: () => string, person: FillForm): Promise<URL> {
  const link = await until(() => /https?:\/\/\S+code_challenge=\S+/.exec(said())?.[0], {
    what: 'no login link of mcp-remote',
    timeoutMs: 30_000,
  });
  const request = new URL(link);
  const callback = request.searchParams.get('redirect_uri') ?? '';
  const answer = await browse(request, callback, person);
  await fetch(`${callback}?${answer.toString()}`);
  return request;
}
