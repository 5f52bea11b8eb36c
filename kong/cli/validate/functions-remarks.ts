import { fewerCalls } from '../../direct/fewer-calls.js';
import type { Remark } from './cross-checks.js';
import type { Declared, DeclaredPlugin, DeclaredRoute } from './declared.js';
import { on } from './direct-remarks.js';
import { isOurs } from './read-plugin.js';

const [firstLine = ''] = fewerCalls.split('\n');
/** What every version of the function begins with. */
const anyVersion = firstLine.replace(/\d+$/, '');

/**
 * Whether routes of ours have the function for fewer calls to Kong, and the one that this version
 * knows: any other does nothing. Advice: the plugins do without.
 * @param serves whether the plugin is one that the function is for
 */
export function functionsRemarks(
  plugin: DeclaredPlugin,
  { plugins }: Declared,
  serves: boolean,
): Remark[] {
  return plugin.routes.flatMap((route): Remark[] => {
    const access = on(route, plugins, 'pre-function')?.config['access'];
    const texts = Array.isArray(access) ? (access as unknown[]) : [];
    const ours = texts.filter((text) => typeof text === 'string' && text.startsWith(anyVersion));
    if (ours.includes(fewerCalls)) return [];
    if (ours.length === 0) return serves && isFirst(plugin, route, plugins) ? [absent(route)] : [];
    const message = `the function for fewer calls on route ${route.name} is not of this version, and goes unused`;
    return [
      { level: 'warning', message, mend: 'put what `kong-mcp functions` prints in its place' },
    ];
  });
}

/** A route with both plugins is told of once. */
function isFirst(
  plugin: DeclaredPlugin,
  route: DeclaredRoute,
  plugins: readonly DeclaredPlugin[],
): boolean {
  const ours = plugins.filter(({ name, routes }) => isOurs(name) && routes.includes(route));
  return ours[0] === plugin;
}

function absent({ name }: DeclaredRoute): Remark {
  const message = `route ${name} lacks the function with which the plugins need fewer calls to Kong`;
  return {
    level: 'note',
    message,
    mend: 'add what `kong-mcp functions` prints: docs/fewer-calls.md',
  };
}
