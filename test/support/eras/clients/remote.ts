import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { connectFirstBy } from '../../any-client.js';
import type { AnyClient } from '../../any-client.js';
import { freePort } from '../../ports.js';
import { bareEnvironment } from '../../process.js';
import type { Teller } from '../story.js';
import { answers, telling } from './sdk.js';

const proxy = join(
  createRequire(import.meta.url).resolve('mcp-remote/package.json'),
  '../dist/proxy.js',
);

/** SDK v1's client over stdio with mcp-remote between it and the URL. */
export const remote =
  (...flags: readonly string[]): Teller =>
  async (stories) => {
    const home = mkdtempSync(join(tmpdir(), 'mcp-remote-'));
    try {
      return await telling((url) => connect(url, home, flags))(stories);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  };

async function connect(url: string, home: string, flags: readonly string[]): Promise<AnyClient> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [proxy, url, String(await freePort()), '--transport', 'http-only', ...flags],
    env: { ...bareEnvironment, HOME: home, MCP_REMOTE_CONFIG_DIR: home },
    stderr: 'pipe',
  });
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  try {
    return await connectFirstBy(transport, answers);
  } catch (error) {
    throw new Error(`mcp-remote: ${said}`, { cause: error });
  }
}
