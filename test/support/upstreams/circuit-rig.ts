import type { McpError } from '../../../lib/errors/errors.js';
import type { CallEvent } from '../../../plugins/mcp-aggregate/core/calls/call.js';
import { Circuits } from '../../../plugins/mcp-aggregate/upstream/circuits/circuits.js';
import {
  failEvent,
  timedOut,
  unavailable,
} from '../../../plugins/mcp-aggregate/upstream/failure/failures.js';

export const done: CallEvent = { type: 'done', result: Buffer.from('{}') };
export const fail = (error: McpError): CallEvent => failEvent('srv', error);
export const late = fail(timedOut('srv', 700));
export const lost = fail(unavailable('srv', 'broke the connection'));

/** The circuits of one server, with a clock set by hand. */
export function circuitRig({ failures = 3, openMs = 1000 } = {}) {
  const clock = { now: 5_000_000 };
  const circuits = new Circuits('srv', { failures, openMs }, () => clock.now);
  /** One call after another, as far as they may pass; answers why the first was refused. */
  const call = (tool: string | undefined, ...events: CallEvent[]) => {
    for (const event of events) {
      const refusal = circuits.refusal(tool);
      if (refusal) return refusal;
      circuits.settle(tool, circuits.mark, event);
    }
    return undefined;
  };
  return { clock, circuits, call };
}
