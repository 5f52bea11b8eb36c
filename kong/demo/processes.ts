import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Children } from './children.js';
import { socketAccepts } from './ports.js';
import { demoServerFile } from './sources.js';

/** Where this run keeps its things. */
export interface Places {
  /** Of the package. */
  readonly root: string;
  /** Of this run: files, logs, the gateway's prefix. */
  readonly folder: string;
  readonly socket: string;
}

const built = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const waitMs = 8_000;

/** Starts server-everything on a free loopback port and answers its address. */
export async function startEverything(children: Children, places: Places): Promise<string> {
  const child = children.start({
    name: 'everything',
    args: [
      '--import',
      new URL('loopback-only.js', import.meta.url).href,
      demoServerFile('server-everything'),
      'streamableHttp',
    ],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0' },
    cwd: places.folder,
    log: `${places.folder}/logs/everything.log`,
  });
  const [message] = (await once(child, 'message', {
    signal: AbortSignal.timeout(waitMs),
  })) as [{ readonly port: number }];
  return `http://127.0.0.1:${message.port}/mcp`;
}

/** Starts the plugin server and waits until it accepts. */
export async function startPluginServer(
  children: Children,
  places: Places,
  stdioFile: string,
  onLine: (line: string) => void,
): Promise<void> {
  const child = children.start({
    name: 'plugin server',
    args: [
      built('kong/pluginserver/main.js'),
      '--socket',
      places.socket,
      '--stdio-file',
      stdioFile,
    ],
    env: process.env,
    cwd: places.root,
    log: `${places.folder}/logs/plugin-server.log`,
    onLine,
  });
  await until(() => socketAccepts(places.socket), child, 'the plugin server');
}

/** Starts the gateway: kong.conf of the package, with this run's places laid over it. */
export async function startStandin(
  children: Children,
  places: Places,
  port: number,
  variables: Readonly<Record<string, string>>,
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
  await until(reached, child, 'the gateway');
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

interface Mortal {
  readonly exitCode: number | null;
}

async function until(ready: () => Promise<boolean>, child: Mortal, what: string): Promise<void> {
  const end = Date.now() + waitMs;
  while (!(await ready())) {
    if (child.exitCode !== null) throw new Error(`${what} ended while it started`);
    if (Date.now() > end) throw new Error(`${what} did not start within ${waitMs / 1000} s`);
    await sleep(25);
  }
}
