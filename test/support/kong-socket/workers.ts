import { KongWorker } from './kong-worker.js';
import type { Outcome, PdkAnswers } from './kong-worker.js';
import { childrenOf } from '../processes.js';
import { until } from '../readiness.js';

/** Waits until the primary has so many workers, none of them among `before`. */
export function workersOf(primary: number, count: number, before: readonly number[] = []) {
  return until(
    () => {
      const now = childrenOf(primary);
      return now.length === count && now.every((pid) => !before.includes(pid)) && now;
    },
    { what: `there are not ${count} workers` },
  );
}

/** The process that an event of the plugin `member` says it ran in. */
export function processOf({ calls }: Outcome): number {
  const header = calls.find(({ args }) => args[0] === 'x-process');
  return Number(header?.args[1]);
}

/** Runs an event on so many connections of their own, and answers in which processes. */
export async function eventsApart(
  path: string,
  instanceId: number,
  count: number,
  answers: PdkAnswers = {},
): Promise<number[]> {
  const connections = Array.from({ length: count }, () => new KongWorker(path));
  const pids: number[] = [];
  for (const kong of connections) pids.push(processOf(await kong.event(instanceId, answers)));
  for (const kong of connections) kong.close();
  return pids;
}
