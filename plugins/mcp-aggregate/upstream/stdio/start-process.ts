import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import type { StdioEntry } from '../../../../lib/mcp-servers/entries.js';

/** A process that was started, or could not be: then it says so by the event `error`. */
export interface Started extends Pick<ChildProcess, 'exitCode' | 'signalCode' | 'once'> {
  readonly pid?: number | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** Starts a process with pipes; for tests. */
export type Spawn = (entry: StdioEntry, env: NodeJS.ProcessEnv) => Started;

/**
 * Starts a process in a group of its own, without a shell. Never throws: where the machine has no
 * memory or descriptors left for it, or its arguments are too long, it has pipes that lead nowhere.
 */
export function startProcess(
  entry: StdioEntry,
  env: NodeJS.ProcessEnv,
  spawn: Spawn = spawnPiped,
): Started {
  const child = orFailed(() => spawn(entry, env));
  // Node makes none where it cannot, whatever its types say.
  if ((child.stdin as Writable | undefined) !== undefined) return child;
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  return Object.assign(child, { stdin, stdout, stderr });
}

function spawnPiped(entry: StdioEntry, env: NodeJS.ProcessEnv): Started {
  return spawn(entry.command, [...entry.args], {
    cwd: entry.cwd,
    env,
    // With these libuv drops all supplementary groups too, before it starts the command.
    ...entry.user,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    shell: false,
    windowsHide: true,
  });
}

/** Node throws some failures, and tells others later. */
function orFailed(start: () => Started): Started {
  try {
    return start();
  } catch (error) {
    const none = Object.assign(new EventEmitter(), { exitCode: null, signalCode: null });
    process.nextTick(() => none.emit('error', error));
    return none as unknown as Started;
  }
}
