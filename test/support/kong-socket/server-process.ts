import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workerFlags } from '../workers.js';

const main = fileURLToPath(new URL('../../../dist/kong/pluginserver/main.js', import.meta.url));

/** A private folder for a socket. */
export function socketFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'mcp-sock-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The built plugin server as a process of its own. */
export class ServerProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #exit: Promise<number | null>;

  /** @param inherited descriptors that it gets beside its standard ones, from 3 on */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    inherited: readonly ('ignore' | number)[] = [],
  ) {
    this.child = spawn(process.execPath, [main, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', ...inherited],
    });
    this.child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()));
    this.#exit = once(this.child, 'close').then(([code]) => code as number | null);
  }

  /** Starts a server and waits until it listens. */
  static async listening(
    socket: string,
    plugins: string,
    ...args: readonly string[]
  ): Promise<ServerProcess> {
    const server = new ServerProcess([
      ...['--socket', socket, '--plugins-directory', plugins, '--log-level', 'debug'],
      ...workerFlags(),
      ...args,
    ]);
    await server.saw('"event":"listening"');
    return server;
  }

  /** Resolves when `text` stands in stderr; rejects when the process ends before. */
  async saw(text: string): Promise<void> {
    while (!this.stderr.includes(text)) {
      const ended = await Promise.race([
        this.#exit.then(() => true),
        once(this.child.stderr!, 'data').then(() => false),
      ]);
      if (ended && !this.stderr.includes(text))
        throw new Error(`never saw ${text}: ${this.stderr}`);
    }
  }

  /** The exit code, once the process has ended. */
  get exit(): Promise<number | null> {
    return this.#exit;
  }

  /** Asks the process to end, and answers its exit code. */
  stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.#exit;
  }

  /** Open file descriptors and resident memory in MB. */
  usage(): { readonly rssMb: number } {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    const kb = /VmRSS:\s+(\d+) kB/.exec(status)?.[1];
    return { rssMb: Math.round(Number(kb) / 1000) };
  }
}
