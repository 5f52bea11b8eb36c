/** How many worker processes the plugin servers of this run have: `MCP_WORKERS`, else one alone. */
export const workersOfRun = Number(process.env['MCP_WORKERS'] ?? '1');

/** How many nginx workers the gateways of this run have: `MCP_NGINX_WORKERS`, else one; the stand-in has one. */
export const nginxWorkersOfRun = Number(process.env['MCP_NGINX_WORKERS'] ?? '1');

/** Whether mcp-oauth has a worker of its own in this run: `MCP_AUTH_SOCKET=1`. */
export const authSocketOfRun = process.env['MCP_AUTH_SOCKET'] === '1';

/** What makes a plugin server start so many. */
export function workerFlags(count = workersOfRun): readonly string[] {
  return count === 1 ? [] : ['--workers', String(count)];
}

/**
 * Whether `look` is true in each worker, as far as a test can tell: several times in a row, for events
 * meet workers in turn. What each worker finds out by itself one may know before another.
 */
export async function everywhere(
  look: () => Promise<boolean>,
  workers = workersOfRun,
): Promise<boolean> {
  for (let n = 0; n < 2 * workers; n++) if (!(await look())) return false;
  return true;
}
