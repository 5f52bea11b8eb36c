import { McpError } from '../../../../lib/errors/errors.js';
import type { Sealer } from '../../../../lib/handles/seal.js';
import type { ServerTask } from '../../core/tasks/server-task.js';
import type { SessionOwner } from '../sessions/sessions.js';

const dayMs = 86_400_000;
/** A task without an end, or one that its server may make last longer, opens so long at least. */
const leastMs = 7 * dayMs;
const mostMs = 365 * dayMs;
/** Longer ids of servers would not fit into `Mcp-Name` once they are sealed. */
const mostBytes = 1_024;

/**
 * Ids of tasks as clients get them: sealed, so that only who was given one can use it, and only here
 * (ext-tasks, "Security considerations"). They say themselves where the task is: nothing is kept.
 */
export class TaskIds {
  readonly #sealer: Sealer;
  readonly #now: () => number;

  constructor(sealer: Sealer, now: () => number) {
    this.#sealer = sealer;
    this.#now = now;
  }

  /**
   * @param ttlMs how long its server keeps the task, as far as it says
   * @throws McpError `upstream_protocol` for an id that is too long
   */
  seal(owner: SessionOwner, { server, tool, id }: ServerTask, ttlMs: number | undefined): string {
    const payload = Buffer.from(JSON.stringify([server, tool, id]));
    if (Buffer.byteLength(id) > mostBytes) {
      const message = `server ${server} gave a task an id of more than ${mostBytes} bytes`;
      throw new McpError('upstream_protocol', message, { server });
    }
    const ms = Math.min(mostMs, Math.max(leastMs, ttlMs ?? 0));
    return this.#sealer.seal(context(owner), payload, this.#now() + ms);
  }

  /** Undefined for what is forged, foreign or expired, or sealed with a key that is gone. */
  open(owner: SessionOwner, text: string): ServerTask | undefined {
    const payload = this.#sealer.open(context(owner), text)?.payload;
    if (payload === undefined) return undefined;
    const [server, tool, id] = JSON.parse(payload.toString()) as [string, string, string];
    return { server, tool, id };
  }
}

function context({ endpoint, principal }: SessionOwner) {
  return { type: 'task', endpoint, principal } as const;
}
