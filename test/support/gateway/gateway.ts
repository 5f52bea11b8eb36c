import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../ports.js';
import { projectFile } from '../project.js';
import { kongConf, ownPlugins } from './configuration.js';
import type { ExternalPlugin } from './configuration.js';
import { Crossing, crossingOfRun } from './crossing.js';
import { kong, startServing } from './kong-command.js';
import type { Serving } from './kong-command.js';
import { ManagedPluginServer, OwnPluginServer } from './plugin-server.js';
import type { PluginServer } from './plugin-server.js';
import { Probe } from './probe.js';
import { atExit } from '../at-exit.js';
import { functionsConf, functionsOfRun, withFunctions } from '../functions.js';
import { authSocketOfRun, nginxWorkersOfRun, workerFlags, workersOfRun } from '../workers.js';

/** A declarative configuration, in the form of kong.yml. */
export type Declarative = Readonly<Record<string, unknown>>;

/** What a configuration may have to name. */
export interface Places {
  /** `http://127.0.0.1:port` of the gateway. */
  readonly url: string;
  /** Where a file-log plugin has to write for `fileLogLines`. */
  readonly fileLog: string;
}

export interface GatewayOptions {
  readonly declarative: Declarative | ((places: Places) => Declarative);
  /**
   * Who starts the plugin server: the test (`external`, the default), the gateway (`managed`), or
   * nobody, because `socket` names one that is there.
   */
  readonly pluginServer?: 'external' | 'managed' | { readonly socket: string };
  /** Default: the plugins of this repository. */
  readonly plugins?: readonly ExternalPlugin[];
  /** Folder of the plugins that the plugin server loads; default: those of this repository. */
  readonly pluginsDirectory?: string;
  /** Another build of the plugin server; default: that of this repository. */
  readonly pluginServerMain?: string;
  /** Environment of the plugin server. */
  readonly env?: Readonly<Record<string, string>>;
  /** Environment of the gateway, for vault references. */
  readonly gatewayEnv?: Readonly<Record<string, string>>;
  /** nginx workers; default: `MCP_NGINX_WORKERS`, else one. The stand-in has one. */
  readonly workers?: number;
  /** Processes of the plugin server that serve; default: `MCP_WORKERS`, else one alone. */
  readonly pluginWorkers?: number;
  /** Whether each event reaches another of them than the one before; default: `MCP_CROSSING`. */
  readonly crossing?: boolean;
  /** Whether mcp-oauth has a worker of its own; default: `MCP_AUTH_SOCKET`. */
  readonly authSocket?: boolean;
  /** Whether its routes have the function of `kong-mcp functions`; default: `MCP_FUNCTIONS`. */
  readonly functions?: boolean;
  /** Loopback port, for who must know it before; default: a free one. */
  readonly port?: number;
  /** Further lines of kong.conf. */
  readonly conf?: Readonly<Record<string, string>>;
}

export interface Gateway extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The folder with its files. */
  readonly prefix: string;
  readonly pluginServer: PluginServer;
  at(path: string): string;
  /** Serves another configuration; settles when every worker does. */
  reload(declarative: Declarative | ((places: Places) => Declarative)): Promise<void>;
  /** Everything it and its plugin server have written to logs. */
  logText(): string;
  fileLogLines(): Record<string, unknown>[];
  stop(): Promise<void>;
}

const running = new Set<string>();
atExit(() => {
  for (const prefix of running) killLeftOver(prefix);
});

function killLeftOver(prefix: string): void {
  // nginx leaves an empty file when it fails to start; process 0 would be the tests themselves.
  const pid = Number(text(join(prefix, 'pids/nginx.pid')));
  if (!(pid > 1)) return;
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}

const ownPluginServerMain = projectFile('dist/kong/pluginserver/main.js');

function text(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** A gateway of its own on free loopback ports: a Kong where KONG_BIN names one, else the stand-in. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const prefix = mkdtempSync(join(tmpdir(), 'gateway-'));
  const gateway = new RunningGateway(
    prefix,
    options.port ?? (await freePort()),
    await Probe.start(),
    options,
  );
  try {
    await gateway.start();
    return gateway;
  } catch (error) {
    const log = gateway.logText();
    await gateway.stop();
    throw new Error(`${(error as Error).message}\n${log.slice(-4000)}`, { cause: error });
  }
}

class RunningGateway implements Gateway {
  readonly url: string;
  readonly port: number;
  readonly prefix: string;
  readonly pluginServer: PluginServer;
  readonly #options: GatewayOptions;
  readonly #probe: Probe;
  /** Where the gateway connects. */
  readonly #socket: string;
  /** For mcp-oauth, where that has a worker of its own. */
  readonly #authSocket: string | undefined;
  /** The plugin server's own, where something stands between. */
  readonly #crossed: string | undefined;
  readonly #fileLog: string;
  readonly #command: readonly string[];
  #serving: Serving | undefined;
  #crossing: Crossing | undefined;

  constructor(prefix: string, port: number, probe: Probe, options: GatewayOptions) {
    this.url = `http://127.0.0.1:${port}`;
    this.port = port;
    this.prefix = prefix;
    this.#options = options;
    this.#probe = probe;
    this.#fileLog = join(prefix, 'file-log.json');
    const server = options.pluginServer ?? 'external';
    this.#socket = typeof server === 'object' ? server.socket : join(prefix, 'plugins.socket');
    const { pluginsDirectory: folder, pluginServerMain = ownPluginServerMain } = options;
    const { pluginWorkers = workersOfRun, authSocket = authSocketOfRun } = options;
    const areOurs = options.plugins === undefined && folder === undefined;
    const apart = authSocket && areOurs && typeof server !== 'object';
    this.#authSocket = apart ? join(prefix, 'auth.socket') : undefined;
    const { crossing = crossingOfRun } = options;
    const crosses = crossing && pluginWorkers > 1 && typeof server !== 'object';
    this.#crossed = crosses ? join(prefix, 'own.socket') : undefined;
    const socket = this.#crossed ?? this.#socket;
    const directory = folder === undefined ? [] : ['--plugins-directory', folder];
    // 0660 where Kong runs under another user that shares a group, as in CI.
    const socketMode = ['--socket-mode', process.env['GATEWAY_SOCKET_MODE'] ?? '0600'];
    const flags = [
      '--socket',
      socket,
      ...socketMode,
      ...workerFlags(pluginWorkers),
      ...(this.#authSocket === undefined ? [] : ['--auth-socket', this.#authSocket]),
      ...directory,
    ];
    this.#command = [process.execPath, pluginServerMain, ...flags];
    const { env = {} } = options;
    const workers = apart ? pluginWorkers + 1 : pluginWorkers;
    const own = { command: this.#command, env, socket, workers };
    this.pluginServer =
      server === 'managed'
        ? new ManagedPluginServer(socket, workers, () => this.#errorLog())
        : new OwnPluginServer(own);
  }

  at(path: string): string {
    return `${this.url}${path}`;
  }

  async start(): Promise<void> {
    const {
      pluginServer = 'external',
      gatewayEnv = {},
      workers = nginxWorkersOfRun,
    } = this.#options;
    this.#writeDeclarative(this.#options.declarative);
    writeFileSync(this.#conf, this.#confText(workers));
    running.add(this.prefix);
    if (this.#crossed !== undefined) {
      this.#crossing = await Crossing.start(this.#socket, this.#crossed);
    }
    const external = pluginServer === 'external' ? this.pluginServer.respawn() : undefined;
    const [outcome] = await Promise.allSettled([
      startServing(this.#conf, this.prefix, gatewayEnv),
      external,
    ]);
    if (outcome.status === 'rejected') throw outcome.reason;
    this.#serving = outcome.value;
    await external;
    await this.#probe.untilServed(this.url, workers);
    if (pluginServer === 'managed') await this.pluginServer.respawn();
  }

  async reload(declarative: GatewayOptions['declarative']): Promise<void> {
    const { gatewayEnv = {}, workers = nginxWorkersOfRun } = this.#options;
    this.#writeDeclarative(declarative);
    await kong(['reload', '-c', this.#conf, '-p', this.prefix], gatewayEnv);
    await this.#probe.untilServed(this.url, workers);
  }

  logText(): string {
    const folder = join(this.prefix, 'logs');
    const logs = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
    return [...logs, this.#fileLog].map(text).join('\n') + this.pluginServer.stderr;
  }

  fileLogLines(): Record<string, unknown>[] {
    const lines = text(this.#fileLog).split('\n');
    return lines
      .filter((line) => line !== '' && !Probe.caused(line))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async stop(): Promise<void> {
    if (running.has(this.prefix)) {
      const stopped = this.#serving?.stop() ?? Promise.reject(new Error('not started'));
      await stopped.catch(() => killLeftOver(this.prefix));
      running.delete(this.prefix);
    }
    this.#crossing?.stop();
    await this.pluginServer.stop();
    this.#probe.stop();
    if (!process.env['KEEP_GATEWAY_FILES']) rmSync(this.prefix, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #functions(): boolean {
    return this.#options.functions ?? functionsOfRun;
  }

  get #conf(): string {
    return join(this.prefix, 'kong.conf');
  }

  #errorLog(): string {
    return text(join(this.prefix, 'logs/error.log'));
  }

  #confText(workers: number): string {
    const { pluginServer, plugins = ownPlugins, env = {}, conf = {} } = this.#options;
    const command = this.#command.join(' ');
    return kongConf({
      port: this.port,
      declarativeFile: join(this.prefix, 'kong.yml'),
      socket: this.#socket,
      authSocket: this.#authSocket,
      plugins,
      workers,
      ...(pluginServer === 'managed' ? { startCommand: { command, env } } : {}),
      more: this.#functions ? { ...functionsConf, ...conf } : conf,
    });
  }

  #writeDeclarative(given: GatewayOptions['declarative']): void {
    const places = { url: this.url, fileLog: this.#fileLog };
    const asked = typeof given === 'function' ? given(places) : given;
    const document = this.#functions ? withFunctions(asked) : asked;
    const services = (document['services'] ?? []) as readonly unknown[];
    const complete = {
      _format_version: '3.0',
      ...document,
      services: [...services, this.#probe.nextService()],
    };
    writeFileSync(join(this.prefix, 'kong.yml'), stringify(complete));
  }
}
