import { createHash } from 'node:crypto';
import { mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ServerConfig } from '../../config/config.js';
import { LockfileError, maxLockfileBytes } from '../../core/pins/lockfile/lockfile-members.js';

/** Environment variable that names the operator's folder of lockfiles. */
export const folderVariable = 'KONG_MCP_PIN_DIR';
const socketVariable = 'KONG_MCP_SOCKET';

type Environment = Readonly<Record<string, string | undefined>>;

/** A file that may change. */
export interface PinFile {
  /** Whether it never changes. */
  readonly fixed?: boolean;
  /** Differs once the file does; undefined where there is none. @throws LockfileError */
  mark(): Promise<string | undefined>;
  /** @throws LockfileError */
  read(): Promise<Buffer>;
}

/**
 * A lockfile of the operator's folder. Without that folder no file is read: whoever may write Kong's
 * configuration must not thereby read files of this machine (design D6).
 */
export function lockfileIn(file: string, env: Environment): PinFile {
  const locate = async () => {
    const folder = env[folderVariable] ?? '';
    if (folder !== '') return located(folder, file);
    const mend = `set ${folderVariable} to a folder in the environment of the plugin server`;
    throw new LockfileError(`files are off: ${mend}`);
  };
  return {
    mark: async () => markOf(await locate()),
    read: async () => contentOf(await locate()),
  };
}

/** Where what was seen first of a server is kept; undefined where nothing outlives the process. */
export function firstUsePath(server: ServerConfig, env: Environment): string | undefined {
  const folder = firstUseFolder(env);
  if (folder === undefined) return undefined;
  const { kind, target, openapi } = server;
  const document = openapi && 'file' in openapi.source ? openapi.source.file : undefined;
  const place = JSON.stringify([kind, target, document]);
  const digest = createHash('sha256').update(place).digest('hex').slice(0, 8);
  return join(folder, `first-use.${server.name}.${digest}.json`);
}

function firstUseFolder(env: Environment): string | undefined {
  const { [folderVariable]: folder, [socketVariable]: socket } = env;
  if (folder) return folder;
  return socket ? join(dirname(socket), 'pins') : undefined;
}

/** The file of first use, which may not be there yet. */
export function firstUseFile(path: string): PinFile {
  return {
    mark: async () => {
      try {
        return await markOf(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw unreadable(error);
      }
    },
    read: () => contentOf(path),
  };
}

const lockTries = 100;
const lockPauseMs = 50;
const staleMs = 10_000;

/**
 * Replaces a file by what `change` makes of it; one after the other with other processes.
 * @param change is given what is there
 * @throws Error of the file system
 */
export async function replaceFile(
  path: string,
  change: (before: Buffer | undefined) => Promise<string>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const lock = `${path}.lock`;
  await takeLock(lock);
  try {
    const before = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    const fresh = `${path}.${process.pid}.new`;
    await writeFile(fresh, await change(before), { mode: 0o600 });
    await rename(fresh, path);
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries >= lockTries) throw error;
      const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Date.now() }));
      // Whoever held it has died.
      if (Date.now() - mtimeMs > staleMs) await rm(lock, { force: true });
      else await pause(lockPauseMs, undefined, { ref: false });
    }
  }
}

/** A link may lead to another file of the folder, not out of it. */
async function located(folder: string, file: string): Promise<string> {
  let root: string;
  let path: string;
  try {
    [root, path] = await Promise.all([realpath(folder), realpath(join(folder, file))]);
  } catch (error) {
    throw unreadable(error);
  }
  if (path.startsWith(`${root}${sep}`)) return path;
  throw new LockfileError(`it is no file inside the folder of ${folderVariable}`);
}

async function markOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return `${mtimeMs} ${size} ${ino}`;
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size <= maxLockfileBytes) return await readFile(path);
  } catch (error) {
    throw unreadable(error);
  }
  throw new LockfileError(`it has more than ${maxLockfileBytes} bytes`);
}

function unreadable(error: unknown): LockfileError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return new LockfileError(`it cannot be read (${code}): write it with kong-mcp pin`);
}
