import type { AdminApi } from './admin-api.js';
import { ApplyError } from './apply-error.js';
import { listEntities } from './list-entities.js';
import { membersIn, textIn } from './members.js';
import type { Members } from './members.js';
import { refusalText } from './refusal.js';

/** Lists of a Kong in which something is that its operator would miss. */
const lists = ['services', 'routes', 'plugins', 'consumers', 'upstreams', 'certificates'] as const;

/**
 * Replaces all that a Kong without a database serves. One that serves this already does nothing.
 * @param text the configuration in YAML or JSON
 * @returns whether anything changed
 * @throws ApplyError
 */
export async function postConfig(api: AdminApi, text: string, document: Members): Promise<boolean> {
  const { status, body } = await api.ask('POST', 'config?check_hash=1', { config: text });
  if (status === 201 || status === 304) return status === 201;
  if (status === 400) throw new ApplyError('refused', refusalText(body, document));
  if (status === 413) {
    const message =
      'the configuration is larger than Kong takes: raise lmdb_map_size or nginx_admin_client_max_body_size';
    throw new ApplyError('refused', message);
  }
  throw new ApplyError('not_kong', `POST /config is answered ${status}`);
}

/**
 * Makes sure that replacing all loses nothing but what carries `tag`.
 * @throws ApplyError `foreign`
 */
export async function onlyOurs(api: AdminApi, tag: string): Promise<void> {
  for (const kind of lists) {
    const foreign = (await listEntities(api, kind)).find((one) => {
      const tags = one['tags'];
      return !(Array.isArray(tags) && tags.includes(tag));
    });
    if (foreign === undefined) continue;
    const name = ['name', 'username', 'id'].flatMap((key) => textIn(foreign, key) ?? [])[0];
    const message = `this Kong serves what would be lost, as ${name} of its ${kind}: it has no database, so that each configuration replaces all`;
    throw new ApplyError('foreign', message);
  }
}

/** The document with `tag` on each service, route and plugin. */
export function withTag(document: Members, tag: string): Members {
  const lists = ['services', 'routes', 'plugins'].flatMap((kind) => {
    if (!Array.isArray(document[kind])) return [];
    const entities = membersIn(document, kind).map((one) => {
      const tags = Array.isArray(one['tags']) ? (one['tags'] as string[]) : [];
      return { ...withTag(one, tag), tags: [...new Set([...tags, tag])] };
    });
    return [[kind, entities] as const];
  });
  return { ...document, ...Object.fromEntries(lists) };
}
