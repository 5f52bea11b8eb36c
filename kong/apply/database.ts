import type { AdminAnswer, AdminApi } from './admin-api.js';
import { ApplyError } from './apply-error.js';
import { kinds } from './entities.js';
import type { Entity } from './entities.js';
import { listEntities } from './list-entities.js';
import { textIn } from './members.js';
import { planOf, tagged } from './plan.js';
import type { Present, Step } from './plan.js';
import { refusalText } from './refusal.js';

/**
 * Makes what a Kong with a database has of `tag` into what is wanted. Kong checks each entity before
 * the first is written; what is wrong leaves everything as it was.
 * @returns the titles of what was written
 * @throws ApplyError
 */
export async function applyToDatabase(
  api: AdminApi,
  wanted: readonly Entity[],
  tag: string,
): Promise<readonly string[]> {
  const present = (await Promise.all(kinds.map((kind) => presentOf(api, kind, tag)))).flat();
  const steps = planOf(wanted, present, tag);
  for (const entity of wanted.filter(({ id }) => steps.some((step) => step.id === id))) {
    await check(api, entity, tag);
  }
  for (const step of steps) await write(api, step);
  return [...new Set(steps.map(({ method, title }) => `${method} ${title}`))];
}

async function presentOf(api: AdminApi, kind: Present['kind'], tag: string): Promise<Present[]> {
  const found = await listEntities(api, kind, tag);
  return found.map((body) => ({ kind, id: textIn(body, 'id') ?? '', body }));
}

async function check(api: AdminApi, entity: Entity, tag: string): Promise<void> {
  const answer = await api.ask('POST', `schemas/${entity.kind}/validate`, tagged(entity, tag));
  if (answer.status !== 200 && answer.status !== 201) throw refused(answer, entity);
}

async function write(api: AdminApi, step: Step): Promise<void> {
  const { method, kind, id, body } = step;
  const answer = await api.ask(method, `${kind}/${id}`, body);
  if (answer.status === 200 || answer.status === 201 || answer.status === 204) return;
  if (answer.status === 409) {
    const message = `${step.title}: this Kong has one already that is not from here (${refusalText(answer.body, body)}); delete it, or name yours otherwise`;
    throw new ApplyError('foreign', message);
  }
  throw refused(answer, step);
}

function refused(answer: AdminAnswer, { title, body }: Pick<Step, 'title' | 'body'>): ApplyError {
  return new ApplyError('refused', `${title}: ${refusalText(answer.body, body)}`);
}
