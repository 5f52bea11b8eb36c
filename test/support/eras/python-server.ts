import { projectFile } from '../project.js';
import { TestProcess } from '../process.js';
import { until } from '../readiness.js';
import type { EraServer } from './session-server.js';

/** The items of this folder on a server of Python's `mcp` 2.x, which speaks both eras. */
export const startPythonServer = (python: string): Promise<EraServer> =>
  start(python, 'python-server.py', '/mcp');

/** A few items on a server of Python's `mcp` 1.x, over the HTTP+SSE transport of 2024-11-05. */
export const startPythonSseServer = (python: string): Promise<EraServer> =>
  start(python, 'python-sse-server.py', '/sse');

async function start(python: string, file: string, path: string): Promise<EraServer> {
  const script = projectFile(`test/support/eras/${file}`);
  const child = new TestProcess(python, [script]);
  const port = await until(
    () => {
      if (!child.running) throw new Error(`the server in Python has ended: ${child.stderr}`);
      return /^\d+/.exec(child.stdout)?.[0];
    },
    { what: 'no server in Python', timeoutMs: 60_000 },
  );
  return { url: `http://127.0.0.1:${port}${path}`, running: new Set(), close: () => child.kill() };
}
