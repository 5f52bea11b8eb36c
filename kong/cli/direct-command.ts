import { stringify } from 'yaml';
import { directPlugins } from '../direct/plugins.js';

/** `kong-mcp direct`: the plugins that direct calls need on the route, for its list in kong.yml. */
export function directCommand(): string {
  return stringify(directPlugins, { lineWidth: 0 });
}
