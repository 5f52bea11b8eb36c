import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { atExit } from './at-exit.js';

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const mark = process.env['CI_RUN_MARK'];

/**
 * Only what a program needs to find others, and by what `.ci/run` finds it; nothing of the caller's
 * own settings.
 */
export const bareEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  HOME: process.env['HOME'] ?? '/',
  ...(mark === undefined ? {} : { CI_RUN_MARK: mark }),
};

const running = new Set<ChildProcess>();
atExit(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** A child process that does not outlive the tests. */
export class TestProcess {
  /** Settles once nothing more is written, by processes that it started neither. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  readonly #gone: Promise<void>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  constructor(command: string, args: readonly string[], options: ProcessOptions = {}) {
    const child = spawn(command, args, {
      env: { ...bareEnvironment, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.cwd ? { cwd: options.cwd } : {}),
    });
    running.add(child);
    child.stdout.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.exited = new Promise((resolve) => {
      child.once('error', () => resolve(null));
      child.once('close', (code, signal) => resolve(code ?? signal));
    });
    this.#gone = new Promise((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', () => resolve());
    });
    void this.exited.then(() => running.delete(child));
    this.#child = child;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Sends the signal and waits for the end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.exited;
  }

  /** The same, but does not wait for processes that it has started and that write on. */
  async killAlone(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.#gone;
  }
}
