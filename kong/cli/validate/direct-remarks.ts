import type { AggregateConfig } from '../../../plugins/mcp-aggregate/config/config.js';
import { directPlugins, missingFunctions } from '../../direct/plugins.js';
import type { Remark } from './cross-checks.js';
import type { Declared, DeclaredPlugin, DeclaredRoute } from './declared.js';

/** Whether servers with `direct` find on their route what they need; without it nothing is direct. */
export function directRemarks(
  plugin: DeclaredPlugin,
  { servers }: AggregateConfig,
  { plugins }: Declared,
): Remark[] {
  const names = servers.flatMap(({ name, direct }) => (direct === undefined ? [] : [name]));
  if (names.length === 0) return [];
  const what = `calls to ${names.join(', ')} are not direct`;
  if (!plugin.onRoute) {
    const message = `${what}: mcp-aggregate belongs to no route`;
    return [{ level: 'warning', message, mend: 'put it on the route itself' }];
  }
  return plugin.routes.flatMap((route): Remark[] => {
    const missing = directPlugins.flatMap(({ name }) =>
      missingFunctions(name, on(route, plugins, name)?.config),
    );
    const remarks: Remark[] = [];
    if (missing.length > 0) {
      const message = `${what}: route ${route.name} lacks ${missing.join(', ')} of this version`;
      remarks.push({ level: 'warning', message, mend: 'add what `kong-mcp direct` prints' });
    }
    if (route.given['response_buffering'] !== false) {
      const message = `route ${route.name} holds back what servers stream in direct answers`;
      remarks.push({ level: 'note', message, mend: 'on the route: response_buffering: false' });
    }
    return remarks;
  });
}

/** The plugin of this name that acts on a route: its own before those of the Service and of all. */
export function on(
  route: DeclaredRoute,
  plugins: readonly DeclaredPlugin[],
  name: string,
): DeclaredPlugin | undefined {
  const all = plugins.filter((one) => one.name === name && one.routes.includes(route));
  return all.find(({ onRoute }) => onRoute) ?? all[0];
}
