import { LRUCache } from 'lru-cache';
import { configHash } from '../../../../lib/config/config-hash.js';
import { readPlugin } from '../../../cli/validate/read-plugin.js';
import type { Members } from '../resources.js';
import { unaccepted } from './problem.js';
import type { Problem } from './problem.js';

/** What the plugins would say of a configuration is the same each time. */
const known = new LRUCache<string, { readonly problem?: Problem }>({ max: 4096 });

/** What is wrong with one entry of `servers`, by the rules that Kong and the plugin have. */
export function checkServer(config: Members): Problem | undefined {
  return check('mcp-aggregate', { anonymous: true, servers: [config] }, (place) => {
    const [first, , ...rest] = place;
    return first === 'servers' ? rest : place;
  });
}

/** What is wrong with a whole configuration of one of the plugins. */
export function checkPlugin(
  plugin: 'mcp-aggregate' | 'mcp-oauth',
  config: Members,
): Problem | undefined {
  const field = plugin === 'mcp-oauth' ? 'oauth' : 'aggregate';
  return check(plugin, config, (place) => [field, ...place]);
}

type Place = readonly (string | number)[];

function check(
  plugin: string,
  config: Members,
  show: (place: Place) => Place,
): Problem | undefined {
  const hash = `${plugin} ${configHash(config)}`;
  const before = known.get(hash);
  if (before !== undefined) return before.problem;
  const { errors } = readPlugin(plugin, config);
  const texts = errors.map(([place, message]) => {
    const at = show(place).join('.');
    return at === '' ? message : `${at}: ${message}`;
  });
  const problem =
    texts.length === 0 ? undefined : unaccepted('Invalid', texts.slice(0, 8).join('; '));
  known.set(hash, problem === undefined ? {} : { problem });
  return problem;
}
