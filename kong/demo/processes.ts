import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { awaited } from './awaited.js';
import type { Children } from './children.js';
import { socketAccepts } from './ports.js';
import { demoServerFile } from './servers/sources.js';

/** Where this run keeps its things. */
export interface Places {
  /** Of the package. */
  readonly root: string;
  /** Of this run: files, logs, the gateway's prefix. */
  readonly folder: string;
  readonly socketFolder: string;
  readonly socket: string;
}

const built = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

type Say = (text: string) => void;

/** Starts server-everything on a free loopback port and answers its address. */
export async function startEverything(
  children: Children,
  places: Places,
  say: Say,
): Promise<string> {
  const child = children.start({
    name: 'everything',
    args: [
      '--import',
      new URL('servers/loopback-only.js', import.meta.url).href,
      demoServerFile('server-everything'),
      'streamableHttp',
    ],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0' },
    cwd: places.folder,
    log: `${places.folder}/logs/everything.log`,
  });
  let port: number | undefined;
  child.once('message', (message: { readonly port: number }) => (port = message.port));
  await awaited('the demo server everything', child, () => port !== undefined, say);
  return `http://127.0.0.1:${port}/mcp`;
}

export interface PluginServerParts {
  readonly stdioFile: string;
  /** Addresses of the endpoint and of its authorization server, for the playground. */
  readonly endpoint: string;
  readonly issuer: string;
  readonly onLine: (line: string) => void;
  /** Whether the log has told where operators look. */
  readonly told: () => boolean;
}

/** Starts the plugin server and waits until it accepts. What its children say is in its log. */
export async function startPluginServer(
  children: Children,
  places: Places,
  { stdioFile, endpoint, issuer, onLine, told }: PluginServerParts,
  say: Say,
): Promise<void> {
  const child = children.start({
    name: 'plugin server',
    args: [
      built('kong/pluginserver/main.js'),
      '--socket',
      places.socket,
      '--stdio-file',
      stdioFile,
      '--operations',
      '127.0.0.1:0',
      '--playground',
      endpoint,
      '--playground-logins',
      issuer,
      '--log-level',
      'debug',
    ],
    env: process.env,
    cwd: places.root,
    log: `${places.folder}/logs/plugin-server.log`,
    onLine,
  });
  const ready = async () => told() && (await socketAccepts(places.socket));
  await awaited('the plugin server', child, ready, say);
}

/** Starts the gateway: kong.conf of the package, with this run's places laid over it. */
export async function startStandin(
  children: Children,
  places: Places,
  port: number,
  variables: Readonly<Record<string, string>>,
  say: Say,
): Promise<void> {
  const conf = `${places.root}/kong/kong.conf`;
  const child = children.start({
    name: 'gateway',
    args: [
      built('kong/standin/main.js'),
      'start',
      '-c',
      conf,
      '-p',
      `${places.folder}/kong`,
    ].concat('--foreground'),
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ...variables,
      ...overrides(await readFile(conf, 'utf8'), places, port),
    },
    cwd: places.root,
    log: `${places.folder}/logs/gateway.log`,
  });
  const reached = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
  await awaited('the gateway', child, reached, say);
}

function overrides(conf: string, places: Places, port: number): Record<string, string> {
  const names = /^\s*pluginserver_names\s*=\s*(.+)$/m.exec(conf)?.[1]?.split(',') ?? [];
  const servers = names.flatMap((name) => {
    const key = `KONG_PLUGINSERVER_${name.trim().toUpperCase()}`;
    const plugin = name.trim().replaceAll('_', '-');
    return [
      [`${key}_SOCKET`, places.socket],
      [`${key}_QUERY_CMD`, `cat describe/${plugin}.json`],
      [`${key}_START_CMD`, ''],
    ];
  });
  return {
    KONG_DECLARATIVE_CONFIG: `${places.folder}/kong.yml`,
    KONG_PROXY_LISTEN: `127.0.0.1:${port}`,
    KONG_ADMIN_LISTEN: 'off',
    ...(Object.fromEntries(servers) as Record<string, string>),
  };
}
