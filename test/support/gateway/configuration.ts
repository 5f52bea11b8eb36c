import { projectFile } from '../project.js';

/** A plugin that runs outside the gateway, and the file that describes it. */
export interface ExternalPlugin {
  readonly name: string;
  /** What the query command prints. */
  readonly description: string;
}

const describe = (name: string): string => projectFile(`describe/${name}.json`);

/** The plugins of this repository. */
export const ownPlugins: readonly ExternalPlugin[] = ['mcp-oauth', 'mcp-aggregate'].map((name) => ({
  name,
  description: describe(name),
}));

export interface ConfSettings {
  readonly port: number;
  readonly declarativeFile: string;
  readonly socket: string;
  /** Of mcp-oauth, where it is another. */
  readonly authSocket?: string | undefined;
  readonly plugins: readonly ExternalPlugin[];
  readonly workers: number;
  /** Environment of the plugin server when the gateway starts it. */
  readonly startCommand?: {
    readonly command: string;
    readonly env: Readonly<Record<string, string>>;
  };
  /** Further settings; they win. */
  readonly more: Readonly<Record<string, string>>;
}

function startCommand(settings: ConfSettings): Record<string, string> {
  if (settings.startCommand === undefined) return {};
  const { command, env } = settings.startCommand;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const [first] = settings.plugins;
  return {
    [`pluginserver_${confName(first)}_start_cmd`]: command,
    // One setting holds one directive; further ones follow as nginx writes them.
    ...(variables.length > 0 ? { nginx_main_env: variables.join('; env ') } : {}),
  };
}

function confName(plugin: ExternalPlugin | undefined): string {
  return (plugin?.name ?? 'none').replaceAll('-', '_');
}

/** kong.conf for one test gateway. */
export function kongConf(settings: ConfSettings): string {
  const { plugins, socket, authSocket = socket } = settings;
  const servers = plugins.flatMap((plugin) => [
    [`pluginserver_${confName(plugin)}_socket`, plugin.name === 'mcp-oauth' ? authSocket : socket],
    [`pluginserver_${confName(plugin)}_query_cmd`, `cat ${plugin.description}`],
  ]);
  const values: Record<string, string> = {
    database: 'off',
    declarative_config: settings.declarativeFile,
    proxy_listen: `127.0.0.1:${settings.port}`,
    admin_listen: 'off',
    anonymous_reports: 'off',
    log_level: 'info',
    nginx_worker_processes: String(settings.workers),
    // Workers of a Kong started by root become `nobody`, who may not reach the socket.
    ...(process.getuid?.() === 0 ? { nginx_user: 'root root' } : {}),
    nginx_http_client_body_buffer_size: '1m',
    nginx_http_client_max_body_size: '10m',
    plugins: ['bundled', ...plugins.map(({ name }) => name)].join(','),
    ...(plugins.length > 0 ? { pluginserver_names: plugins.map(confName).join(',') } : {}),
    ...(Object.fromEntries(servers) as Record<string, string>),
    ...startCommand(settings),
    ...settings.more,
  };
  return Object.entries(values)
    .map(([key, value]) => `${key} = ${value.replaceAll('#', '\\#')}\n`)
    .join('');
}
