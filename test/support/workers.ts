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
