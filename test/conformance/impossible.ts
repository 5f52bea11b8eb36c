import type { Run } from './runs.js';

type Reasons = Readonly<Record<string, string>>;

/**
 * Required scenarios that cannot exist across the bridge, with the reason. A run holds this exact:
 * what stands here and passes fails the run as well.
 */
const acrossToSessions: Reasons = {};

/** The scenarios that cannot exist in a run. */
export function impossibleIn(run: Run): Reasons {
  const isThis = run.revision === '2026-07-28' && run.server === 'legacy';
  return isThis ? acrossToSessions : {};
}
