import { askingSubjects } from './asking-subjects.js';
import { promptSubjects } from './prompt-subjects.js';
import { protocolSubjects } from './protocol-subjects.js';
import { resourceSubjects } from './resource-subjects.js';
import { runSubject } from './subject.js';
import type { Subject, SubjectContext, SubjectCount } from './subject.js';
import { toolSubjects } from './tool-subjects.js';

const subjects: Readonly<Record<string, Subject>> = {
  ...protocolSubjects,
  ...toolSubjects,
  ...askingSubjects,
  ...resourceSubjects,
  ...promptSubjects,
};

/** Names of the scenarios whose subjects are shown here. */
export const scenarios = Object.keys(subjects);

/** Runs them one after the other: they share their clients. */
export async function runSubjects(
  places: Pick<SubjectContext, 'through' | 'direct' | 'fixture'>,
): Promise<ReadonlyMap<string, SubjectCount>> {
  const counts = new Map<string, SubjectCount>();
  for (const [name, subject] of Object.entries(subjects)) {
    counts.set(name, await runSubject(subject, places));
  }
  return counts;
}
