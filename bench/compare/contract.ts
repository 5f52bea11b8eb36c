import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from '../../test/support/at-exit.js';
import { freePort } from '../../test/support/ports.js';
import { projectFile } from '../../test/support/project.js';
import type { GatewayKind } from './gateways.js';

/** What a gateway.sh says of a running gateway. */
export interface Description {
  readonly url: string;
  /** Name of a tool, with `{server}` and `{tool}`. */
  readonly tool: string;
  readonly headers: Readonly<Record<string, string>>;
}

const absentCode = 3;

function scriptOf(kind: GatewayKind): string {
  return projectFile(`bench/compare/gateways/${kind.script ?? kind.name}/gateway.sh`);
}

/** The version of a gateway, or why there is none. */
export async function checkGateway(
  kind: GatewayKind,
): Promise<{ readonly version: string } | { readonly absent: string }> {
  const env = { ...process.env, ...kind.env, BENCH_FOLDER: tmpdir() };
  return new Promise((resolve, reject) => {
    execFile(scriptOf(kind), ['check'], { env }, (error, stdout, stderr) => {
      const said = stdout.trim();
      if (!error) resolve({ version: said });
      else if (error.code === absentCode) resolve({ absent: said });
      else reject(new Error(`${kind.name} check: ${stderr}`));
    });
  });
}

/** A gateway that its gateway.sh has started; it does not outlive this process. */
export class RunningGateway {
  readonly #kind: GatewayKind;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #stopped = false;

  private constructor(kind: GatewayKind, port: number, urls: readonly string[]) {
    this.#kind = kind;
    this.#folder = mkdtempSync(join(tmpdir(), `bench-${kind.name}-`));
    this.#env = {
      ...process.env,
      ...kind.env,
      BENCH_FOLDER: this.#folder,
      BENCH_PORT: String(port),
      BENCH_URLS: urls.join(' '),
    };
    atExit(() => this.stop());
  }

  /** Settles when the command has ended; the gateway may need longer to answer. */
  static async start(kind: GatewayKind, urls: readonly string[]): Promise<RunningGateway> {
    const gateway = new RunningGateway(kind, await freePort(), urls);
    try {
      await gateway.#run('start');
      return gateway;
    } catch (error) {
      gateway.stop();
      throw error;
    }
  }

  async describe(): Promise<Description> {
    return JSON.parse(await this.#run('describe')) as Description;
  }

  /** The processes that it was started as. */
  async pids(): Promise<number[]> {
    const words = (await this.#run('pids')).split(/\s+/);
    return words.filter((word) => word !== '').map(Number);
  }

  /** The end of its logs. */
  logText(): string {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith('.log'));
    const ends = names.map((name) => readFileSync(join(this.#folder, name), 'utf8').slice(-1500));
    return ends.join('\n');
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    execFileSync(scriptOf(this.#kind), ['stop'], { env: this.#env, stdio: 'ignore' });
    if (!process.env['KEEP_GATEWAY_FILES']) rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(command: string): Promise<string> {
    const options = { env: this.#env, timeout: 300_000 };
    return new Promise((resolve, reject) => {
      execFile(scriptOf(this.#kind), [command], options, (error, stdout, stderr) => {
        if (error) reject(new Error(`${this.#kind.name} ${command}: ${stderr}${this.logText()}`));
        else resolve(stdout);
      });
    });
  }
}
