import type { Rig } from '../rig.js';
import type { Revision, Run } from '../runs.js';
import type { Count } from '../suite.js';
import { answers } from './answers.js';
import { askingSubjects } from './asking-subjects.js';
import { inputRequiredSubjects } from './modern/input-required-subjects.js';
import { sessionlessSubjects } from './modern/sessionless-subjects.js';
import { promptSubjects } from './prompt-subjects.js';
import { resourceSubjects, subscriptionSubjects } from './resource-subjects.js';
import { sessionSubjects } from './session-subjects.js';
import { atFixture, throughGateway } from './side.js';
import { runSubject } from './subject.js';
import type { Subject } from './subject.js';
import { loggingSubjects, toolSubjects } from './tool-subjects.js';

const ofEither = { ...toolSubjects, ...resourceSubjects, ...promptSubjects };

const subjects: Readonly<Record<Revision, Readonly<Record<string, Subject>>>> = {
  '2025-11-25': {
    ...sessionSubjects,
    ...ofEither,
    ...askingSubjects,
    ...loggingSubjects,
    ...subscriptionSubjects,
  },
  '2026-07-28': { ...sessionlessSubjects, ...ofEither, ...inputRequiredSubjects },
};

/** Names of the scenarios that a revision requires: each has its subject here. */
export const scenariosOf = (revision: Revision): readonly string[] =>
  Object.keys(subjects[revision]);

/** Runs a revision's subjects one after the other, as they share their clients. */
export async function runPrefixed(rig: Rig, run: Run): Promise<ReadonlyMap<string, Count>> {
  const through = await throughGateway(rig, run, answers);
  const direct = await atFixture(rig, run.revision, answers);
  const counts = new Map<string, Count>();
  for (const [name, subject] of Object.entries(subjects[run.revision])) {
    counts.set(name, await runSubject(subject, { through, direct }));
  }
  await Promise.all([through.client.close(), direct.client.close()]);
  return counts;
}
