import { until, untilListening } from '../readiness.js';
import { TestProcess } from '../process.js';
import { childrenOf } from '../processes.js';

/** How long a plugin server may take to start, in milliseconds. */
const patienceMs = 50_000;

/** The process in which the plugins run, whoever starts it. */
export interface PluginServer {
  /** The process that serves now; the primary where there are workers. */
  readonly pid: number;
  /** Those in which the plugins run: the workers, else the one process. */
  readonly workerPids: readonly number[];
  /** What all its processes have written to stderr so far. */
  readonly stderr: string;
  /** Ends the process that serves now; SIGKILL unless told otherwise. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Waits for a successor to listen, after starting one where nobody else does. */
  respawn(): Promise<void>;
  stop(): Promise<void>;
}

export interface PluginServerCommand {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly socket: string;
  /** How many processes serve. */
  readonly workers: number;
}

/** Those in which the plugins of a plugin server run. */
function workerPidsOf(pid: number, workers: number): readonly number[] {
  return workers === 1 ? [pid] : childrenOf(pid);
}

/** Started by the test, as a service manager would. */
export class OwnPluginServer implements PluginServer {
  readonly #how: PluginServerCommand;
  readonly #processes: TestProcess[] = [];

  constructor(how: PluginServerCommand) {
    this.#how = how;
  }

  get pid(): number {
    return this.#current.pid;
  }

  get workerPids(): readonly number[] {
    return workerPidsOf(this.pid, this.#how.workers);
  }

  get stderr(): string {
    return this.#processes.map(({ stderr }) => stderr).join('');
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#current.killAlone(signal);
  }

  async respawn(): Promise<void> {
    const { command, env, socket } = this.#how;
    const [program = '', ...args] = command;
    const started = new TestProcess(program, args, { env });
    this.#processes.push(started);
    const ended = started.exited.then((code) => {
      throw new Error(`the plugin server ended with ${code}: ${started.stderr}`);
    });
    // A process that ends is told at once; a slow machine starts one in its own time.
    await Promise.race([untilListening(socket, patienceMs), ended]);
    ended.catch(() => undefined);
  }

  async stop(): Promise<void> {
    const workers = this.#processes.flatMap(({ pid, running }) => (running ? childrenOf(pid) : []));
    const ended = this.#processes.map((process) => process.kill('SIGKILL'));
    // They would take their time to end what they have under way.
    if (this.#how.workers > 1) for (const pid of workers) killIfThere(pid);
    await Promise.all(ended);
  }

  get #current(): TestProcess {
    const current = this.#processes.at(-1);
    if (current === undefined) throw new Error('no plugin server was started');
    return current;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was quicker.
  }
}

/** Started by the gateway; its output and its process ids are in the gateway's error log. */
export class ManagedPluginServer implements PluginServer {
  readonly #socket: string;
  readonly #workers: number;
  readonly #errorLog: () => string;
  #killed = 0;

  constructor(socket: string, workers: number, errorLog: () => string) {
    this.#socket = socket;
    this.#workers = workers;
    this.#errorLog = errorLog;
  }

  get pid(): number {
    const started = [...this.#errorLog().matchAll(/\[pluginserver\] started, pid (\d+)/g)];
    const pid = Number(started.at(-1)?.[1] ?? 0);
    // To signal process 0 would be to signal the tests themselves.
    if (pid === 0) throw new Error('the gateway has not started the plugin server yet');
    return pid;
  }

  get workerPids(): readonly number[] {
    return workerPidsOf(this.pid, this.#workers);
  }

  get stderr(): string {
    return this.#errorLog();
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#killed = this.pid;
    process.kill(this.#killed, signal);
    const gone = (): boolean => {
      try {
        return !process.kill(this.#killed, 0);
      } catch {
        return true;
      }
    };
    await until(gone, { what: `process ${this.#killed} is still there` });
  }

  async respawn(): Promise<void> {
    await until(() => this.pid !== this.#killed, { what: 'no new process' });
    await untilListening(this.#socket, patienceMs);
  }

  async stop(): Promise<void> {}
}
