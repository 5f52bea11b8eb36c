import type { Run } from './runs.js';

/** What of a scenario cannot exist in a run. */
export interface Impossible {
  /** The suite's names of the checks. */
  readonly checks: readonly string[];
  readonly why: string;
}

type ByScenario = Readonly<Record<string, Impossible>>;

/**
 * Checks of required scenarios that cannot pass across the bridge. A run holds this exact: each of
 * these fails, and no other.
 */
const toSessions: ByScenario = {
  'server-stateless': {
    checks: [
      'sep-2575-server-rejects-undeclared-capability',
      'sep-2575-missing-capability-http-400',
    ],
    why: 'servers with sessions have no error for a capability that the client lacks: they know what it can before it calls, and say in the result of the tool, or another way, what they cannot do.',
  },
  'input-required-result-basic-elicitation': {
    checks: ['sep-2322-elicitation-incomplete'],
    why: 'the suite looks for its question under the key `user_name`; servers with sessions give their questions no names, and the gateway does.',
  },
  'input-required-result-ignore-extra-params': {
    checks: ['sep-2322-ignore-unexpected-params'],
    why: 'the suite answers before it is asked, without a `requestState`; servers with sessions take answers to what they have asked alone, and ask.',
  },
};

/** What cannot exist in a run, by scenario. */
export function impossibleIn(run: Run): ByScenario {
  return run.revision === '2026-07-28' && run.server === 'legacy' ? toSessions : {};
}
