import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectorMain } from '../inspector.js';
import { freePort } from '../ports.js';
import { TestProcess } from '../process.js';
import { until } from '../readiness.js';

export interface InspectorPage {
  /** The page's address, with the token of its backend. */
  readonly url: string;
  close(): Promise<void>;
}

/** The official Inspector's web page for one server, with a home of its own. */
export async function startInspectorPage(server: string): Promise<InspectorPage> {
  const home = mkdtempSync(join(tmpdir(), 'inspector-'));
  const env = {
    HOME: home,
    MCP_STORAGE_DIR: home,
    MCP_INSPECTOR_SECRET_STORE: 'memory',
    MCP_AUTO_OPEN_ENABLED: 'false',
    CLIENT_PORT: String(await freePort()),
    MCP_SANDBOX_PORT: String(await freePort()),
  };
  const args = [inspectorMain, '--web', '--transport', 'http', '--server-url', server];
  const child = new TestProcess(process.execPath, args, { env });
  const close = async () => {
    await child.kill();
    rmSync(home, { recursive: true, force: true });
  };
  const found = () => /http:\/\/\S+\?MCP_INSPECTOR_API_TOKEN=\S+/.exec(child.stdout)?.[0];
  try {
    const url = await until(() => found() ?? (child.running ? undefined : 'ended'), {
      what: 'the page of the inspector has no address',
      timeoutMs: 60_000,
    });
    if (url === 'ended') throw new Error(`the inspector ended: ${child.stderr}${child.stdout}`);
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
