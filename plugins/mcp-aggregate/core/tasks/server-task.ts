import { McpError } from '../../../../lib/errors/errors.js';

/** A task, where it is. */
export interface ServerTask {
  /** Name of the server that works on it. */
  readonly server: string;
  /** The tool that it came of, as the server names it: who may not use it has no part in the task. */
  readonly tool: string;
  /** The server's own id of it. */
  readonly id: string;
}

/**
 * The id by which its client knows a task.
 * @param ttlMs how long its server keeps it, as far as it says
 * @throws McpError `upstream_protocol`
 */
export type NameTask = (task: ServerTask, ttlMs: number | undefined) => string;

/** Says the same whatever is wrong with a task id. */
export function unknownTask(): McpError {
  return new McpError(
    'invalid_params',
    'no such task: its id has expired, was given to another caller or by another endpoint, or was sealed with a key that this gateway does not have (KONG_MCP_SEALING_KEY)',
  );
}
