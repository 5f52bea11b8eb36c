import { fewerCalls } from '../../direct/fewer-calls.js';
import type { Remark } from './cross-checks.js';
import type { Declared, DeclaredPlugin } from './declared.js';
import { on } from './direct-remarks.js';

const [firstLine = ''] = fewerCalls.split('\n');
/** What every version of the function begins with. */
const anyVersion = firstLine.replace(/\d+$/, '');

/** Whether a function for fewer calls to Kong is the one that this version knows; any other does nothing. */
export function functionsRemarks(plugin: DeclaredPlugin, { plugins }: Declared): Remark[] {
  return plugin.routes.flatMap((route): Remark[] => {
    const access = on(route, plugins, 'pre-function')?.config['access'];
    const texts = Array.isArray(access) ? (access as unknown[]) : [];
    const ours = texts.filter((text) => typeof text === 'string' && text.startsWith(anyVersion));
    if (ours.length === 0 || ours.includes(fewerCalls)) return [];
    const message = `the function for fewer calls on route ${route.name} is not of this version, and goes unused`;
    return [
      { level: 'warning', message, mend: 'put what `kong-mcp functions` prints in its place' },
    ];
  });
}
