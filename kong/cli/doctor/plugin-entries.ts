import { listIn } from '../../kong-conf.js';
import type { Finding } from '../validate/finding.js';
import { about } from './report.js';

/** One `pluginserver_NAME_*` group of kong.conf that describes one of our plugins. */
export interface PluginEntry {
  readonly plugin: string;
  readonly socket: string;
  /** The file that the query command prints; undefined where it is another command than `cat`. */
  readonly describeFile: string | undefined;
}

const plugins = ['mcp-oauth', 'mcp-aggregate'] as const;
const socketExample = '/run/kong-plugin-mcp/plugins.sock';

/** The entries for our plugins, and what is wrong with them. */
export function pluginEntries(
  file: string,
  settings: ReadonlyMap<string, string>,
): { readonly entries: readonly PluginEntry[]; readonly findings: readonly Finding[] } {
  const say = about(file);
  const findings: Finding[] = [];
  const enabled = listIn(settings.get('plugins') ?? 'bundled');
  const entries: PluginEntry[] = [];
  const named = listIn(settings.get('pluginserver_names') ?? '');
  for (const plugin of plugins) {
    if (!enabled.includes(plugin)) {
      const mend = `plugins = ${[...enabled, plugin].join(',')}`;
      findings.push(say.error('plugins', `${plugin} is not named, so Kong does not know it`, mend));
      continue;
    }
    const entry = named.map((name) => entryOf(name, settings)).find((one) => one.plugin === plugin);
    if (entry === undefined) findings.push(say.error('pluginserver_names', ...missing(plugin)));
    else entries.push(entry);
  }
  return { entries, findings };
}

function missing(plugin: string): readonly [message: string, mend: string] {
  const name = plugin.replace('-', '_');
  const message = `no entry has a query command that describes ${plugin}`;
  const lines = [
    `pluginserver_names = mcp_oauth,mcp_aggregate`,
    `pluginserver_${name}_socket = ${socketExample}`,
    `pluginserver_${name}_query_cmd = cat …/describe/${plugin}.json`,
  ];
  return [message, lines.join('; ')];
}

/** Which plugin it is, its query command says; else its name. */
function entryOf(name: string, settings: ReadonlyMap<string, string>): PluginEntry {
  const key = `pluginserver_${name.toLowerCase()}`;
  const command = settings.get(`${key}_query_cmd`) ?? '';
  const describeFile = /^(?:\S*\/)?cat\s+(\S+)$/.exec(command)?.[1];
  const said = plugins.find((one) => command.includes(one));
  const plugin = said ?? name.toLowerCase().replace('_', '-');
  const fallback = `${settings.get('prefix') ?? '/usr/local/kong'}/${name}.socket`;
  return { plugin, socket: settings.get(`${key}_socket`) ?? fallback, describeFile };
}
