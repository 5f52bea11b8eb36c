import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface ChildSpec {
  /** What the user is told it is. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** File for its stdout and stderr. */
  readonly log: string;
  readonly onLine?: (line: string) => void;
}

const endWithParent = new URL('end-with-parent.js', import.meta.url).href;
const graceMs = 5_000;

/**
 * The processes of the demo, all of them Node. Each is the leader of its own group: Ctrl-C reaches
 * the demo alone, which then ends them in order, their own children included.
 */
export class Children {
  readonly #running: { readonly name: string; readonly child: ChildProcess }[] = [];
  readonly #onDeath: (name: string, why: string) => void;
  #stopping = false;

  constructor(onDeath: (name: string, why: string) => void) {
    this.#onDeath = onDeath;
  }

  start(spec: ChildSpec): ChildProcess {
    const child = spawn(process.execPath, ['--import', endWithParent, ...spec.args], {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const log = createWriteStream(spec.log, { mode: 0o600 });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.pipe(log, { end: false });
      if (stream && spec.onLine) createInterface({ input: stream }).on('line', spec.onLine);
    }
    child.once('close', () => log.end());
    child.once('exit', (code, signal) => {
      if (!this.#stopping) this.#onDeath(spec.name, signal ?? `exit code ${code}`);
    });
    this.#running.push({ name: spec.name, child });
    return child;
  }

  /** Ends the last started first, and waits for each: 5 seconds, then by force. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { child } of this.#running.reverse()) await end(child);
  }

  /** Ends everything at once, by force. */
  kill(): void {
    this.#stopping = true;
    for (const { child } of this.#running) signal(child, 'SIGKILL');
  }
}

async function end(child: ChildProcess): Promise<void> {
  const gone = child.exitCode !== null || child.signalCode !== null;
  if (!gone) {
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await exited;
    clearTimeout(timer);
  }
  signal(child, 'SIGKILL');
}

/** Signals the child's whole group, which may outlive it. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch {
    // The group is empty already.
  }
}
