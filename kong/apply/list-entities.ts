import type { AdminApi } from './admin-api.js';
import { ApplyError } from './apply-error.js';
import { isMembers, membersIn, textIn } from './members.js';
import type { Members } from './members.js';

const pageSize = 1000;
const mostPages = 100;

/**
 * All entities of a kind that a Kong has, or those with a tag.
 * @throws ApplyError
 */
export async function listEntities(api: AdminApi, kind: string, tag?: string): Promise<Members[]> {
  const query = `${kind}?size=${pageSize}${tag === undefined ? '' : `&tags=${encodeURIComponent(tag)}`}`;
  const found: Members[] = [];
  let offset: string | undefined = '';
  for (let page = 0; offset !== undefined; page += 1) {
    const more = offset === '' ? '' : `&offset=${encodeURIComponent(offset)}`;
    const { status, body } = await api.ask('GET', `${query}${more}`);
    if (status !== 200 || !isMembers(body) || page === mostPages) {
      throw new ApplyError('not_kong', `the Admin API does not list ${kind} (${status})`);
    }
    found.push(...membersIn(body, 'data'));
    offset = textIn(body, 'offset');
  }
  return found;
}
