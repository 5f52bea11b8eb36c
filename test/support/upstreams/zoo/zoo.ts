import type { Animal, Caught } from './animal.js';
import { deaths } from './deaths.js';
import { floods } from './floods.js';
import { hangs } from './hangs.js';
import { lists } from './lists.js';
import { statuses } from './statuses.js';
import { wrongAnswers } from './wrong-answers.js';

/** All that are reached over HTTP. */
export const animals: readonly Animal[] = [
  ...hangs,
  ...deaths,
  ...statuses,
  ...wrongAnswers,
  ...floods,
  ...lists,
];

export interface Zoo {
  /** `servers` of mcp-aggregate. */
  readonly servers: readonly object[];
  caught(name: string): Caught;
  close(): Promise<void>;
}

export async function openZoo(which: readonly Animal[]): Promise<Zoo> {
  const all = new Map<string, Caught>();
  await Promise.all(which.map(async (animal) => all.set(animal.name, await animal.start())));
  const caught = (name: string): Caught => {
    const found = all.get(name);
    if (!found) throw new Error(`no animal is named ${name}`);
    return found;
  };
  return {
    servers: which.map(({ name, settings }) => ({ name, url: caught(name).url, ...settings })),
    caught,
    close: async () => {
      await Promise.all([...all.values()].map((animal) => animal.close()));
    },
  };
}
