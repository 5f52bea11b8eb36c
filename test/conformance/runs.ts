import type { Eras } from './fixture/fixture-server.js';

/** Revisions of the protocol that the official suite has requirements for. */
export type Revision = '2025-11-25' | '2026-07-28';
export type Era = Exclude<Eras, 'both'>;

/** The era that a revision is of. */
export const eraOf: Readonly<Record<Revision, Era>> = {
  '2025-11-25': 'legacy',
  '2026-07-28': 'modern',
};

/** One run of the suite: requirements of a revision, with a fixture that serves one era alone. */
export interface Run {
  readonly revision: Revision;
  readonly server: Era;
}

export const runs: readonly Run[] = [
  { revision: '2025-11-25', server: 'legacy' },
  { revision: '2026-07-28', server: 'modern' },
  { revision: '2025-11-25', server: 'modern' },
  { revision: '2026-07-28', server: 'legacy' },
];

export const isAcross = ({ revision, server }: Run): boolean => eraOf[revision] !== server;

/** Each run's name, which titles its tests. */
export const nameOf = ({ revision, server }: Run): string =>
  `requirements of ${revision}, server ${server === 'legacy' ? 'with' : 'without'} sessions`;
