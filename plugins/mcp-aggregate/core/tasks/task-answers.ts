import { lastNamed } from '../../../../lib/json/named-members.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { restoreAnswer } from '../uris/rewrite-ask.js';
import type { Expose } from '../uris/uri-edits.js';

type Answers = ReadonlyMap<string, RawJson>;

/**
 * What a client answers to the questions of a task, with the URIs that its server knows. Only
 * completions hold any: what they are is seen by their role, since nobody keeps what was asked.
 */
export function restoreTaskAnswers(answers: Answers, restore: Expose): Answers {
  return new Map(
    [...answers].map(([key, raw]) => {
      const method = isCompletion(raw) ? 'sampling/createMessage' : '';
      return [key, restoreAnswer(method, raw, restore)] as const;
    }),
  );
}

function isCompletion(raw: RawJson): boolean {
  if (raw[0] !== 0x7b) return false;
  return lastNamed(raw, { start: 0, end: raw.length }, 'role')[0]?.kind === 'string';
}
