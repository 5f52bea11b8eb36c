/** How many worker processes the plugin servers of this run have: `MCP_WORKERS`, else one alone. */
export const workersOfRun = Number(process.env['MCP_WORKERS'] ?? '1');

/** What makes a plugin server start them. */
export const workerFlags: readonly string[] =
  workersOfRun === 1 ? [] : ['--workers', String(workersOfRun)];
