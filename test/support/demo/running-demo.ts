import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../ports.js';
import { TestProcess } from '../process.js';
import { until } from '../readiness.js';
import { alive, groupOf, processesBelow } from './proc.js';

export const root = join(import.meta.dirname, '../../..');

/** `npm start` as a user types it; the build, which other tests share, is not repeated. */
export class RunningDemo {
  readonly port: number;
  readonly authPort: number;
  readonly process: TestProcess;
  readonly folder: string;

  constructor(port: number, authPort: number, args: readonly string[], env = {}) {
    this.port = port;
    this.authPort = authPort;
    this.folder = join(root, '.demo', String(port));
    const ports = ['--port', String(port), '--auth-port', String(authPort)];
    const start = ['start', '--silent', '--ignore-scripts', '--', ...ports, ...args];
    this.process = new TestProcess('npm', start, { cwd: root, env });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  /** Waits for the text that ends what is printed. */
  async ready(): Promise<string> {
    return until(
      () => {
        const { stdout, stderr, running } = this.process;
        if (!running) throw new Error(`it ended: ${stdout}${stderr}`);
        return stdout.includes('Ctrl-C ends everything.') && stdout;
      },
      { what: 'npm start is ready', timeoutMs: 20_000 },
    );
  }

  line(start: string): string {
    const found = this.process.stdout.split('\n').find((line) => line.startsWith(start));
    if (found === undefined) throw new Error(`no line begins with ${start}`);
    return found;
  }

  get token(): string {
    return /Bearer ([\w.-]+)/.exec(this.line('curl'))?.[1] ?? '';
  }

  async call(name: string, args: object, token = this.token): Promise<string> {
    const response = await fetch(this.endpoint, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name, arguments: args },
      }),
    });
    return response.text();
  }

  /** Every process below this one, itself included. */
  processes(): number[] {
    return processesBelow(this.process.pid);
  }

  /** Ctrl-C, as a terminal sends it: to every process of npm's own group. */
  async interrupt(): Promise<number | string | null> {
    const group = groupOf(this.process.pid);
    const others = this.processes().filter((pid) => pid !== this.process.pid);
    for (const pid of others.filter((pid) => groupOf(pid) === group)) process.kill(pid, 'SIGINT');
    process.kill(this.process.pid, 'SIGINT');
    return this.process.exited;
  }

  /** Ends npm alone; the rest has to follow by itself. */
  async end(): Promise<void> {
    const processes = this.processes();
    if (this.process.running) await this.process.kill('SIGTERM');
    await until(() => !processes.some(alive), { what: 'every process has ended' });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function startDemo(args: readonly string[] = [], env = {}): Promise<RunningDemo> {
  return new RunningDemo(await freePort(), await freePort(), args, env);
}
