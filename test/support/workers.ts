/** How many worker processes the plugin servers of this run have: `MCP_WORKERS`, else one alone. */
export const workersOfRun = Number(process.env['MCP_WORKERS'] ?? '1');

/** What makes a plugin server start so many. */
export function workerFlags(count = workersOfRun): readonly string[] {
  return count === 1 ? [] : ['--workers', String(count)];
}
