import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startAuthorizationServer } from './authorization-server.js';
import type { AuthorizationServer } from './authorization-server.js';
import { Children } from './children.js';
import { demoConfiguration } from './declarative.js';
import type { DemoConfiguration } from './declarative.js';
import { listTools } from './list-tools.js';
import type { ListedTool } from './list-tools.js';
import type { DemoOptions } from './options.js';
import { assertFree } from './ports.js';
import { startEverything, startPluginServer, startStandin } from './processes.js';
import type { Places } from './processes.js';
import { readyText } from './ready-text.js';
import { serverEvent } from './server-events.js';
import { demoSources, ownSources } from './sources.js';

const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');
const tokenSeconds = 8 * 3600;

/** One run of `npm start`. `say` takes what the user should read. */
export class Demo {
  readonly #options: DemoOptions;
  readonly #say: (text: string) => void;
  readonly #children: Children;
  readonly #failing = new Set<string>();
  #authorization: AuthorizationServer | undefined;
  #socketFolder: string | undefined;

  constructor(options: DemoOptions, say: (text: string) => void) {
    this.#options = options;
    this.#say = say;
    this.#children = new Children((name, why) => {
      say(`${name} has ended (${why}); the rest goes on. Log: .demo/${options.port}/logs`);
    });
  }

  /**
   * Starts everything and says how to use it.
   * @throws ConfigError for what the user can mend; Error when a process does not start
   */
  async start(): Promise<void> {
    const startedAt = Date.now();
    const { port, authPort, source } = this.#options;
    await assertFree(port, '--port', 'MCP_DEMO_PORT');
    await assertFree(authPort, '--auth-port', 'MCP_DEMO_AUTH_PORT');
    const places = await this.#makePlaces();
    const env = process.env;
    const sources = source
      ? await ownSources(source, env, env['INIT_CWD'] ?? process.cwd())
      : await demoSources(places.folder);
    for (const warning of sources.warnings) this.#say(`Note: ${warning}`);
    const stdioFile = `${places.folder}/mcp-servers.json`;
    await writePrivately(stdioFile, JSON.stringify({ mcpServers: sources.stdio }, null, 2));
    const listening = startPluginServer(this.#children, places, stdioFile, (line) => {
      this.#tell(line);
    });
    const everything = source ? undefined : await startEverything(this.#children, places);
    const configuration = demoConfiguration(await readFile(`${root}/kong/kong.yml`, 'utf8'), {
      gateway: `http://127.0.0.1:${port}`,
      issuer: `http://127.0.0.1:${authPort}`,
      logs: `${places.folder}/logs`,
      everything,
      servers: sources.servers,
    });
    await writePrivately(`${places.folder}/kong.yml`, configuration.text);
    const token = await this.#startLogin(configuration);
    await listening;
    await startStandin(this.#children, places, port, sources.variables);
    await this.#showReady(configuration, token, startedAt);
  }

  /** Ends everything, in order; a second call does it by force. */
  async stop(): Promise<void> {
    await this.#children.stop();
    await this.#authorization?.close();
    if (this.#socketFolder !== undefined) await rm(this.#socketFolder, { recursive: true });
  }

  kill(): void {
    this.#children.kill();
  }

  /** The socket has a folder of its own, since its path must be short. */
  async #makePlaces(): Promise<Places> {
    const folder = `${root}/.demo/${this.#options.port}`;
    await mkdir(`${folder}/logs`, { recursive: true, mode: 0o700 });
    this.#socketFolder = await mkdtemp(`${tmpdir()}/kong-mcp-`);
    return { root, folder, socket: `${this.#socketFolder}/plugins.sock` };
  }

  async #startLogin({ resources, scopes }: DemoConfiguration): Promise<string> {
    const client = { id: 'npm-start', secret: randomBytes(24).toString('base64url') };
    const server = await startAuthorizationServer({
      port: this.#options.authPort,
      resources,
      scopes,
      clients: [client],
      accessTokenSeconds: tokenSeconds,
    });
    this.#authorization = server;
    return server.issueToken({ client });
  }

  async #showReady(configuration: DemoConfiguration, token: string, startedAt: number) {
    const endpoint = configuration.resources[0] ?? '';
    const prefixes = configuration.servers.map(({ prefix }) => prefix);
    const tools = await listTools(endpoint, token, prefixes, 7_000);
    if (tools === undefined) throw new Error('the endpoint does not answer');
    const named = (prefix: string) => tools.some(({ name }) => name.startsWith(prefix));
    this.#say(
      readyText({
        endpoint,
        issuer: this.#authorization?.issuer ?? '',
        token,
        tools: tools.map(({ name }) => name),
        servers: configuration.servers.map(({ name }) => name),
        missing: configuration.servers.filter((one) => !named(one.prefix)).map(({ name }) => name),
        example: example(tools),
        folder: `.demo/${this.#options.port}`,
        seconds: (Date.now() - startedAt) / 1000,
      }),
    );
  }

  /** Says which server is down, and when it is back; once each. */
  #tell(line: string): void {
    const event = serverEvent(line);
    if (event === undefined || event.up !== this.#failing.has(event.server)) return;
    if (event.up) this.#failing.delete(event.server);
    else this.#failing.add(event.server);
    this.#say(
      event.up
        ? `server ${event.server} is back`
        : `server ${event.server} is down: ${event.reason}; the others go on`,
    );
  }
}

async function writePrivately(file: string, text: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, `${text}\n`, { mode: 0o600 });
}

/** A call worth pasting: the echo tool, else one that needs no argument. */
function example(tools: readonly ListedTool[]) {
  const echo = tools.find(({ name }) => name === 'everything__echo');
  if (echo) return { tool: echo.name, args: ['message=hello'] };
  const simple = tools.find(
    ({ name, inputSchema }) => /^[\w.-]+$/.test(name) && !inputSchema?.required?.length,
  );
  return simple && { tool: simple.name, args: [] };
}
