import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startAuthorizationServer } from './login/authorization-server.js';
import type { AuthorizationServer } from './login/authorization-server.js';
import { Children } from './children.js';
import { demoConfiguration } from './declarative.js';
import type { DemoConfiguration } from './declarative.js';
import { exampleCall } from './example-call.js';
import { LateServers } from './servers/late-servers.js';
import { listTools } from './servers/list-tools.js';
import type { DemoOptions } from './options.js';
import { assertFree } from './ports.js';
import { startEverything, startPluginServer, startStandin } from './processes.js';
import type { Places } from './processes.js';
import { readyText } from './ready-text.js';
import { ServerWatch } from './servers/server-watch.js';
import { startShopApi } from './servers/shop-api.js';
import type { ShopApi } from './servers/shop-api.js';
import { demoSources, ownSources } from './servers/sources.js';
import type { DemoSources } from './servers/sources.js';

const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');
const tokenSeconds = 8 * 3600;

/** How long servers are waited for before the text is printed; later ones are announced. */
const firstListMs = 5_000;

/** One run of `npm start`. `say` takes what the user should read. */
export class Demo {
  readonly #options: DemoOptions;
  readonly #say: (text: string) => void;
  readonly #children: Children;
  readonly #watch: ServerWatch;
  readonly #late: LateServers;
  #authorization: AuthorizationServer | undefined;
  #places: Places | undefined;
  #shop: ShopApi | undefined;

  constructor(options: DemoOptions, say: (text: string) => void) {
    this.#options = options;
    this.#say = say;
    this.#watch = new ServerWatch(say);
    this.#late = new LateServers(say);
    this.#children = new Children((name, why) => {
      say(`${name} has ended (${why}); the rest goes on. Log: ${this.#folder}/logs`);
    });
  }

  get #folder(): string {
    return `.demo/${this.#options.port}`;
  }

  /**
   * Starts everything and says how to use it.
   * @throws ConfigError for what the user can mend; Error when a process does not start
   */
  async start(): Promise<void> {
    const startedAt = Date.now();
    const { port, authPort, source, timeoutMs } = this.#options;
    await assertFree(port, '--port', 'MCP_DEMO_PORT');
    await assertFree(authPort, '--auth-port', 'MCP_DEMO_AUTH_PORT');
    const places = await this.#makePlaces();
    const env = process.env;
    const sources = source
      ? await ownSources(source, env, env['INIT_CWD'] ?? process.cwd(), timeoutMs)
      : await demoSources(places.folder);
    for (const warning of sources.warnings) this.#say(`Note: ${warning}`);
    const everything = await this.#startServers(places, sources);
    if (source === undefined) this.#shop = await startShopApi();
    const configuration = demoConfiguration(await readFile(`${root}/kong/kong.yml`, 'utf8'), {
      gateway: `http://127.0.0.1:${port}`,
      issuer: `http://127.0.0.1:${authPort}`,
      logs: `${places.folder}/logs`,
      pages: [`http://127.0.0.1:${this.#watch.operationsPort ?? 0}`],
      everything,
      shop: this.#shop,
      servers: sources.servers,
    });
    await writePrivately(`${places.folder}/kong.yml`, configuration.text);
    const token = await this.#startLogin(configuration);
    await startStandin(this.#children, places, port, sources.variables, this.#say);
    await this.#showReady(configuration, token, startedAt);
  }

  /** Ends everything, in order, and says what is kept; a second call does it by force. */
  async stop(): Promise<void> {
    this.#late.stop();
    await this.#children.stop();
    await this.#authorization?.close();
    await this.#shop?.close();
    const places = this.#places;
    if (places === undefined) return;
    const configuration = ['kong.yml', 'mcp-servers.json', 'kong'];
    const gone = [places.socketFolder, ...configuration.map((name) => `${places.folder}/${name}`)];
    await Promise.all(gone.map((path) => rm(path, { recursive: true, force: true })));
    this.#say(`Kept in ${this.#folder}: logs, and files of the demo servers. Remove it at will.`);
  }

  kill(): void {
    this.#children.kill();
  }

  /** The socket has a folder of its own, since its path must be short. */
  async #makePlaces(): Promise<Places> {
    const folder = `${process.cwd()}/${this.#folder}`;
    await mkdir(`${folder}/logs`, { recursive: true, mode: 0o700 });
    const socketFolder = await mkdtemp(`${tmpdir()}/kong-mcp-`);
    this.#places = { root, folder, socketFolder, socket: `${socketFolder}/plugins.sock` };
    return this.#places;
  }

  /** The plugin server and, for the demo's own servers, the address of server-everything. */
  async #startServers(places: Places, sources: DemoSources): Promise<string | undefined> {
    const stdioFile = `${places.folder}/mcp-servers.json`;
    await writePrivately(stdioFile, JSON.stringify({ mcpServers: sources.stdio }, null, 2));
    const { port, authPort, source } = this.#options;
    const [everything] = await Promise.all([
      source ? undefined : startEverything(this.#children, places, this.#say),
      startPluginServer(
        this.#children,
        places,
        {
          stdioFile,
          endpoint: `http://127.0.0.1:${port}/mcp`,
          issuer: `http://127.0.0.1:${authPort}`,
          onLine: (line) => this.#watch.take(line),
          told: () => this.#watch.operationsPort !== undefined,
        },
        this.#say,
      ),
    ]);
    return everything;
  }

  async #startLogin({ resources, scopes }: DemoConfiguration): Promise<string> {
    const client = { id: 'npm-start', secret: randomBytes(24).toString('base64url') };
    const server = await startAuthorizationServer({
      port: this.#options.authPort,
      resources,
      scopes,
      clients: [client],
      accessTokenSeconds: tokenSeconds,
      consoleUrl: () => this.#watch.consoleUrl,
    });
    this.#authorization = server;
    return server.issueToken({ client });
  }

  async #showReady(configuration: DemoConfiguration, token: string, startedAt: number) {
    const endpoint = configuration.resources[0] ?? '';
    const { servers } = configuration;
    const list = (ms: number) =>
      listTools(
        endpoint,
        token,
        servers.map(({ prefix }) => prefix),
        ms,
      );
    const tools = await list(firstListMs);
    if (tools === undefined) throw new Error('the endpoint does not answer');
    const missing = servers.filter(
      ({ prefix }) => !tools.some(({ name }) => name.startsWith(prefix)),
    );
    this.#say(
      readyText({
        endpoint,
        issuer: this.#authorization?.issuer ?? '',
        operationsPort: this.#watch.operationsPort,
        token,
        tools: tools.map(({ name }) => name),
        servers: servers.map(({ name }) => name),
        missing: missing.map(({ name }) => ({ name, why: this.#watch.whyDown(name) })),
        example: exampleCall(tools, this.#options.source !== undefined),
        folder: this.#folder,
        seconds: (Date.now() - startedAt) / 1000,
      }),
    );
    this.#late.follow(missing, () => list(0));
  }
}

async function writePrivately(file: string, text: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, `${text}\n`, { mode: 0o600 });
}
