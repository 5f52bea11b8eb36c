import { sameJson } from '../members.js';
import type { Condition } from '../resources.js';

/** A condition before it is known since when it holds. */
export type Verdict = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

export const verdict = (
  type: Condition['type'],
  status: Condition['status'],
  reason: string,
  message: string,
): Verdict => ({ type, status, reason, message });

/** With the time of the last change of `status`, which stays as long as it does. */
export function dated(
  verdicts: readonly Verdict[],
  before: readonly Condition[],
  generation: number | undefined,
  now: string,
): readonly Condition[] {
  return verdicts.map((one) => {
    const old = before.find(({ type }) => type === one.type);
    const lastTransitionTime = old?.status === one.status ? old.lastTransitionTime : now;
    return {
      ...one,
      message: one.message.slice(0, 2048),
      lastTransitionTime,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  });
}

/** Whether a status says anything that the other does not. */
export const sameStatus = (a: unknown, b: unknown): boolean => sameJson(a ?? {}, b ?? {});

/** An event that a changed condition is worth. */
export interface EventText {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/**
 * One for each condition whose status or reason has changed. An unknown one is none, nor is one that
 * has been good from the start, but for `Ready`.
 */
export function eventsOf(
  before: readonly Condition[],
  after: readonly Condition[],
): readonly EventText[] {
  return after.flatMap((one) => {
    const old = before.find(({ type }) => type === one.type);
    if (one.status === 'Unknown') return [];
    if (one.status === 'True' && old === undefined && one.type !== 'Ready') return [];
    if (old?.status === one.status && old.reason === one.reason) return [];
    const type = one.status === 'True' ? 'Normal' : 'Warning';
    return [{ type, reason: one.reason, message: `${one.type}: ${one.message}` }];
  });
}
