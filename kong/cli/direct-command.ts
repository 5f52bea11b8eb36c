import { stringify } from 'yaml';
import { directPlugins, fewerCallsPlugins } from '../direct/plugins.js';

/** `kong-mcp functions`: the plugin with which ours need fewer calls, for a route's list in kong.yml. */
export function functionsCommand(): string {
  return stringify(fewerCallsPlugins, { lineWidth: 0 });
}

/** `kong-mcp direct`: the plugins that direct calls need on the route, likewise, and the above. */
export function directCommand(): string {
  return stringify(directPlugins, { lineWidth: 0 });
}
