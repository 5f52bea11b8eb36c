import { AdminApi } from './admin-api.js';
import { ApplyError } from './apply-error.js';
import { applyToDatabase } from './database.js';
import { onlyOurs, postConfig, withTag } from './dbless.js';
import { entitiesOf } from './entities.js';
import type { KongAddress } from './kong-address.js';
import { isMembers, textIn } from './members.js';
import type { Members } from './members.js';

/** What a Kong is to serve. */
export interface Wanted {
  /** A declarative configuration, in the form of kong.yml. */
  readonly document: Members;
  /** Marks what is ours: printable ASCII without `,` and `/`. With a database nothing else is touched. */
  readonly tag: string;
  /**
   * Whether `document` is all that a Kong without a database is to serve. Else such a Kong is left
   * as it is where it serves anything without the tag.
   */
  readonly whole?: boolean;
  /** The document as it was written, for a Kong without a database, with `whole` only. */
  readonly text?: string;
}

export interface Applied {
  readonly mode: 'database' | 'off';
  readonly version: string;
  /** What was written; empty where all was so already. */
  readonly changes: readonly string[];
}

/**
 * Makes a Kong serve what is wanted: with a database by writing the services, routes and plugins
 * that differ, without one by `POST /config`. Doing it again is harmless and cheap. Where it fails
 * before Kong has taken it, Kong serves on what it served.
 * @param signal ends it where it is
 * @throws ApplyError
 */
export async function applyToKong(
  kong: KongAddress,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<Applied> {
  const api = new AdminApi(kong, signal);
  const { version, database } = await whatItIs(api);
  const { document, tag, whole = false, text } = wanted;
  if (database !== 'off') {
    const changes = await applyToDatabase(api, entitiesOf(document, tag), tag);
    return { mode: 'database', version, changes };
  }
  if (!whole) await onlyOurs(api, tag);
  const own = whole ? document : withTag(document, tag);
  const changed = await postConfig(api, (whole && text) || JSON.stringify(own), document);
  return { mode: 'off', version, changes: changed ? ['POST configuration'] : [] };
}

async function whatItIs(api: AdminApi): Promise<{ version: string; database: string }> {
  const { status, body } = await api.ask('GET', '');
  const settings = isMembers(body) ? body['configuration'] : undefined;
  const database = isMembers(settings) ? textIn(settings, 'database') : undefined;
  if (status === 200 && isMembers(body) && database !== undefined) {
    return { version: textIn(body, 'version') ?? '', database };
  }
  const message = `what answers there (${status}) is not Kong’s Admin API`;
  throw new ApplyError('not_kong', message);
}
