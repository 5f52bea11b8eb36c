import { decodeString } from '../../../../lib/json/members.js';
import { fewNamed } from '../../../../lib/json/named-members.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { taskMethods } from '../../../../lib/protocol/tasks.js';
import type { Target } from '../calls/router.js';
import { isLarge, rewriteLarge } from '../uris/rewrite-large.js';
import { rewriteResult } from '../uris/rewrite-result.js';
import { showTaskAsks } from './task-asks.js';
import { withTaskId } from './task-result.js';

/**
 * How a task stands, as its client is told: under the id that it knows, with the URIs that clients see.
 * @param raw of a server, found fit to be shown
 * @returns undefined where it takes longer to read than any honest one
 */
export async function taskState(
  { server, name }: Target,
  raw: RawJson,
): Promise<RawJson | undefined> {
  const expose = (uri: string) => server.exposure.exposeUri(uri);
  const result = withTaskId(showTaskAsks(raw, server.name, expose), name);
  const done = { type: 'done', result } as const;
  if (!isLarge(done)) return rewriteResult(taskMethods.get, result, expose);
  const event = await rewriteLarge(done, taskMethods.get, server);
  return event.type === 'done' ? event.result : undefined;
}

/** The task that a server tells of, by its own id; undefined where it does not name exactly one. */
export function toldTask(params: RawJson): string | undefined {
  const members = fewNamed(params, { start: 0, end: params.length }, 1, 'taskId');
  const [named] = members ?? [];
  return named?.kind === 'string' ? decodeString(params, named.value) : undefined;
}
