import type { Readable } from 'node:stream';
import type { StdioEntry } from '../../../../lib/mcp-servers/entries.js';
import { startProcess } from './start-process.js';
import type { Spawn, Started } from './start-process.js';
import { endGroup, signalGroup, watchGroup } from './process-groups.js';

export interface ChildEvents {
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** Once, when the process is gone and all its output is read. `why` is fit for a client. */
  readonly onEnd: (why: string) => void;
}

/** Bytes that may wait for a child that does not read. */
const maxQueued = 67_108_864;
/** How long the pipes of a child that has exited may stay open in the hands of others. */
const pipesMs = 1000;

/** A child that writes pieces of this size writes faster than it is read. */
const largeChunk = 32_768;

/** A child process in a process group of its own, started without a shell. */
export class Child {
  readonly #process: Started;
  readonly #ended: Promise<void>;
  #over = false;
  #paused = false;
  #killedFor: string | undefined;

  /** @param spawn for tests */
  constructor(entry: StdioEntry, env: NodeJS.ProcessEnv, events: ChildEvents, spawn?: Spawn) {
    const child = startProcess(entry, env, spawn);
    this.#process = child;
    if (child.pid !== undefined) watchGroup(child.pid);
    child.stdout.on('data', (chunk: Buffer) => {
      events.onStdout(chunk);
      if (chunk.length >= largeChunk) this.#letOthersRun(child.stdout);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      events.onStderr(chunk);
      if (chunk.length >= largeChunk) this.#letOthersRun(child.stderr);
    });
    // A pipe that breaks is followed by the process's end, which is what counts.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      const end = (why: string) => {
        if (this.#over) return;
        this.#over = true;
        events.onEnd(why);
        resolve();
      };
      child.once('error', (error) => end(spawnFailure(error)));
      child.once('exit', () => {
        if (child.pid !== undefined) endGroup(child.pid);
        // A process that left the group may hold them for ever.
        setTimeout(() => this.#closePipes(), pipesMs).unref();
      });
      child.once('close', (code, signal) => {
        const how = signal === null ? `ended with exit code ${code}` : `ended by ${signal}`;
        end(this.#killedFor ?? how);
      });
    });
  }

  get alive(): boolean {
    return !this.#over && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Reads no more of stdout until `resume`. */
  pause(): void {
    const { stdout } = this.#process;
    this.#paused = true;
    stdout.pause();
  }

  resume(): void {
    const { stdout } = this.#process;
    this.#paused = false;
    stdout.resume();
  }

  /** Writes one line; false when the child is gone or reads too slowly. */
  write(line: Buffer): boolean {
    const { stdin } = this.#process;
    if (!this.alive || !stdin.writable || stdin.writableLength > maxQueued) return false;
    stdin.write(Buffer.concat([oneLine(line), Buffer.from('\n')]));
    return true;
  }

  /** Ends it at once, and reads no more of what it has written; `why` is fit for a client. */
  kill(why: string): void {
    const { pid, stdout, stderr } = this.#process;
    if (this.#over || pid === undefined) return;
    this.#killedFor ??= why;
    signalGroup(pid, 'SIGKILL');
    for (const stream of [stdout, stderr]) stream.destroy();
  }

  /** Closes stdin, then asks by SIGTERM, then kills; `graceMs` after each. */
  async close(graceMs: number): Promise<void> {
    const { pid, stdin } = this.#process;
    if (this.#over) return this.#ended;
    stdin.end();
    if (pid === undefined || (await this.#endsWithin(graceMs))) return;
    signalGroup(pid, 'SIGTERM');
    if (await this.#endsWithin(graceMs)) return;
    signalGroup(pid, 'SIGKILL');
    await this.#endsWithin(graceMs);
  }

  /** Node would read many pieces in a row; one child must not hold up the whole process. */
  #letOthersRun(stream: Readable): void {
    const { stdout } = this.#process;
    stream.pause();
    setImmediate(() => {
      if (stream !== stdout || !this.#paused) stream.resume();
    });
  }

  #closePipes(): void {
    const { stdin, stdout, stderr } = this.#process;
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
  }

  async #endsWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
    const ended = await Promise.race([this.#ended.then(() => true as const), late]);
    clearTimeout(timer);
    return ended;
  }
}

/** Line breaks in JSON stand between tokens only, where a space is as good. */
function oneLine(message: Buffer): Buffer {
  if (!message.includes(0x0a) && !message.includes(0x0d)) return message;
  return Buffer.from(message.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)));
}

/** The error's own message is withheld: it holds the command. */
function spawnFailure(error: NodeJS.ErrnoException): string {
  const hint =
    error.code === 'ENOENT' ? ': check command, cwd and the PATH of the plugin server' : '';
  return `cannot be started (${error.code ?? 'unknown'})${hint}`;
}
