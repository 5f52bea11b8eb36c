import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atExit } from '../at-exit.js';
import { bareEnvironment } from '../process.js';
import { projectFile } from '../project.js';

/** The command of the stand-in. */
export const standin: readonly string[] = [
  process.execPath,
  projectFile('dist/kong/standin/main.js'),
];

const running = new Set<ChildProcess>();
atExit(() => {
  for (const child of running) child.kill('SIGTERM');
});

/** A stand-in in the foreground that writes its logs where `kong start` has them. */
export class StandinProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    running.add(child);
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => {
        running.delete(child);
        resolve();
      });
    });
  }

  /** Settles when it listens. @throws Error with what it says when it cannot */
  static async start(
    conf: string,
    prefix: string,
    env: Readonly<Record<string, string>>,
  ): Promise<StandinProcess> {
    const folder = join(prefix, 'logs');
    mkdirSync(folder, { recursive: true });
    const logs = ['access', 'error'].map((name) => openSync(join(folder, `${name}.log`), 'a'));
    const [command = '', ...args] = standin;
    const child = spawn(command, [...args, 'start', '--foreground', '-c', conf, '-p', prefix], {
      env: { ...bareEnvironment, ...env },
      stdio: ['ignore', ...logs, 'ipc'],
    });
    for (const log of logs) closeSync(log);
    const started = new StandinProcess(child);
    const said = await new Promise<unknown>((settle) => {
      child.once('message', settle).once('error', settle);
      void started.#ended.then(() => settle(readFileSync(join(folder, 'error.log'), 'utf8')));
    });
    if (said !== 'ready') {
      await started.#ended;
      throw new Error(`start ended: ${String(said)}`);
    }
    child.disconnect();
    child.unref();
    return started;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }
}
