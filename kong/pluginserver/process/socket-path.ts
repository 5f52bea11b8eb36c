import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { dirname, join } from 'node:path';

/** Bytes that an address of a unix socket can hold: `sun_path` without its closing zero. */
const longestPath = process.platform === 'linux' ? 107 : 103;

/** Connections that may wait to be accepted; nginx opens one per event under load. */
const backlog = 4096;

/** The socket cannot be put where it was asked for; the message says what to do. */
export class SocketPathError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'SocketPathError';
  }
}

/** A socket that listens under its final path. */
export interface BoundSocket {
  readonly path: string;
  /** What is wrong with who can reach the socket; empty when nothing is. */
  readonly warnings: readonly string[];
  /** Whose socket is at the path now. */
  owner(): 'ours' | 'another' | 'nobody';
  /** Removes the path if it still leads here, and not to a successor. */
  release(): void;
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function temporaryPath(path: string): string {
  return join(dirname(path), `.${randomBytes(6).toString('hex')}`);
}

/**
 * Makes sure that a socket can be put at the absolute `path`, before anything is started for it.
 * @throws SocketPathError
 */
export function checkSocketPath(path: string): void {
  const longest = Math.max(Buffer.byteLength(path), Buffer.byteLength(temporaryPath(path)));
  if (longest > longestPath) {
    throw new SocketPathError(
      `the socket path ${path} is too long: with room for a temporary name beside it, ` +
        `at most ${longestPath} bytes are possible; choose a shorter folder`,
    );
  }
  const folder = dirname(path);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true) {
    throw new SocketPathError(
      `the folder ${folder} does not exist; create it with mode 0750, owned by this user and the ` +
        'group that Kong runs under',
    );
  }
  const present = statOf(path);
  if (present !== undefined && !present.isSocket()) {
    throw new SocketPathError(`${path} exists and is not a socket; it is left as it is`);
  }
}

function warningsFor(path: string): string[] {
  const warnings: string[] = [];
  if ((statSync(dirname(path)).mode & 0o002) !== 0) {
    warnings.push('its folder is world-writable: give it a folder of its own with mode 0750');
  }
  if ((statSync(path).mode & 0o006) !== 0) {
    warnings.push('any user of this machine can reach the socket and mint identities');
  }
  return warnings;
}

/**
 * Lets `server` listen at the absolute `path`. The socket is made under a temporary name and renamed when it is
 * complete, so that it takes over from a predecessor without a moment in which nobody listens. The
 * server itself knows the temporary name only, and so can never remove a successor's socket.
 * @param mode permission bits of the socket
 * @throws SocketPathError
 */
export async function listenAt(server: Server, path: string, mode: number): Promise<BoundSocket> {
  checkSocketPath(path);
  const temporary = temporaryPath(path);
  try {
    server.listen({ path: temporary, backlog });
    await once(server, 'listening');
    chmodSync(temporary, mode);
    renameSync(temporary, path);
  } catch (cause) {
    server.close();
    rmSync(temporary, { force: true });
    throw new SocketPathError(`no socket can be made in ${dirname(path)}`, cause);
  }
  const own = statOf(path);
  const owner = (): 'ours' | 'another' | 'nobody' => {
    const now = statOf(path);
    if (now === undefined) return 'nobody';
    return now.ino === own?.ino && now.dev === own.dev ? 'ours' : 'another';
  };
  return {
    path,
    warnings: warningsFor(path),
    owner,
    release: () => {
      if (owner() === 'ours') rmSync(path, { force: true });
    },
  };
}
