import type { ServerKongConfig } from '../../../schema/mcp-aggregate.js';

/** How long a server is waited for, and when it is left alone. */
export interface Patience {
  /** Deadline of one call. */
  readonly timeoutMs: number;
  /** Deadlines of tools that have one of their own, by the server's own name. */
  readonly toolTimeouts?: ReadonlyMap<string, number>;
  /** Absent where calls are let through whatever happens. */
  readonly circuit?:
    | {
        /** Failures of a row after which no more calls are sent. */
        readonly failures: number;
        /** How long at first. */
        readonly openMs: number;
      }
    | undefined;
}

const defaults = { enabled: true, failures: 5, open_time: 10 };

export function readPatience(server: ServerKongConfig): Patience {
  const own = (server.tools?.overrides ?? []).flatMap(({ name, timeout }) =>
    typeof timeout === 'number' ? [[name, timeout] as const] : [],
  );
  const { enabled, failures, open_time } = server.circuit_breaker ?? defaults;
  return {
    timeoutMs: server.timeout,
    ...(own.length > 0 ? { toolTimeouts: new Map(own) } : {}),
    circuit: enabled ? { failures, openMs: open_time * 1000 } : undefined,
  };
}

/** Deadline of a call in milliseconds. */
export function deadlineOf(
  { timeoutMs, toolTimeouts }: Patience,
  tool: string | undefined,
): number {
  if (toolTimeouts === undefined || tool === undefined) return timeoutMs;
  return toolTimeouts.get(tool) ?? timeoutMs;
}

/** The longest deadline that a call can have. */
export function longestDeadline({ timeoutMs, toolTimeouts }: Patience): number {
  return Math.max(timeoutMs, ...(toolTimeouts?.values() ?? []));
}
