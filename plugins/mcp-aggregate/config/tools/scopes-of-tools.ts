import type { ScopesOfTool } from '../../../../lib/policy/policy.js';
import { PrefixIndex } from '../../core/items/names.js';
import { shownToolName } from '../../core/items/shown-tool-name.js';
import { toolScopes } from '../../core/policy/tool-scopes.js';
import type { ExposureConfig } from '../config-exposure.js';
import type { OpenApiConfig } from '../servers/openapi-config.js';

interface ApiServer extends Pick<ExposureConfig, 'prefix' | 'overrides'> {
  readonly key: string;
  readonly openapi?: OpenApiConfig | undefined;
}

type Scopes = ReadonlyMap<string, readonly string[]>;

/**
 * Scopes that the documents of APIs name for their tools, by the names that clients see; undefined
 * where there is no API. A document is read later than the configuration: until then it is not known
 * what its tools need, and nobody may call them.
 */
export function scopesOfTools(servers: readonly ApiServer[]): ScopesOfTool | undefined {
  if (!servers.some(({ openapi }) => openapi !== undefined)) return undefined;
  const owners = new PrefixIndex(servers, ({ prefix }) => prefix);
  const shown = new WeakMap<Scopes, Scopes>();
  return (name) => {
    const owner = owners.ownerOf(name);
    if (owner?.openapi === undefined) return [];
    const own = toolScopes.of(owner.key);
    if (own === undefined) return undefined;
    let byName = shown.get(own);
    if (byName === undefined) shown.set(own, (byName = asShown(own, owner)));
    return byName.get(name) ?? [];
  };
}

/**
 * As `Exposure.nameOf`. Which of several tools has a name that all of them claim depends on what is
 * listed: such a name needs the scopes of each, so that none is had for less than its own.
 */
function asShown(own: Scopes, { prefix, overrides }: ApiServer): Scopes {
  const byName = new Map<string, readonly string[]>();
  for (const [original, scopes] of own) {
    const name = shownToolName(prefix, original, overrides.get(original)?.rename);
    if (name === undefined) continue;
    byName.set(name, [...new Set([...(byName.get(name) ?? []), ...scopes])]);
  }
  return byName;
}
