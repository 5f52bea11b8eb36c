import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigError } from '../errors/errors.js';
import { log } from '../log.js';
import { takeSecret } from '../config/secret-variable.js';

const keyVariable = 'KONG_MCP_SEALING_KEY';
const fileVariable = 'KONG_MCP_SEALING_KEY_FILE';
const socketVariable = 'KONG_MCP_SOCKET';
const leastBytes = 32;
const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** Keys that seal what leaves a process and comes back to it or to another; the first one seals. */
export interface SealingKeys {
  /** At least one, each at least 32 bytes. */
  readonly keys: readonly Buffer[];
  /** Who else has them: every node, those beside the same socket, or nobody. */
  readonly from: 'configuration' | 'file' | 'process';
}

let own: Promise<SealingKeys> | undefined;

/**
 * Those of this process, read once.
 * @throws ConfigError as `loadSealingKeys`
 */
export function sealingKeys(): Promise<SealingKeys> {
  own ??= loadSealingKeys(process.env);
  return own;
}

/** Takes keys that another process has read; called once by the host of a worker. */
export function useSealingKeys(keys: SealingKeys): void {
  own = Promise.resolve(keys);
}

/**
 * Keys that seal what clients carry for us (design D8), the first of which seals: from
 * `KONG_MCP_SEALING_KEY` or the file that `KONG_MCP_SEALING_KEY_FILE` names (base64, at least 32
 * bytes each, comma-separated; the same on every node), which `env` does not hold afterwards; else
 * from the file `sealing.key` beside the socket, made if absent, so that sessions outlive a restart;
 * else one that lives as long as this process.
 * @throws ConfigError on a configured key, or a key file, that must not be used
 */
export async function loadSealingKeys(
  env: Record<string, string | undefined>,
): Promise<SealingKeys> {
  const { text: configured, source } = takeSecret(env, keyVariable, fileVariable);
  if (configured) {
    const keys = configured.split(',').map((text) => decodeKey(source, text.trim()));
    return { keys, from: 'configuration' };
  }
  const socket = env[socketVariable];
  const path = socket ? join(dirname(socket), 'sealing.key') : undefined;
  const key = path && ((await readKey(path)) ?? (await createKey(path)));
  if (key) {
    log('warn', 'sealing_key_local', { file: path, hint: `several nodes need ${keyVariable}` });
    return { keys: [key], from: 'file' };
  }
  log('warn', 'sealing_key_ephemeral', {
    hint: `sessions end when this process does: set ${keyVariable} or ${socketVariable}`,
  });
  return { keys: [randomBytes(leastBytes)], from: 'process' };
}

function decodeKey(field: string, text: string): Buffer {
  const key = base64.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  if (key.length >= leastBytes) return key;
  throw new ConfigError(field, `a key must be base64 of at least ${leastBytes} bytes`);
}

/** The key in the file; undefined where there is no file. */
async function readKey(path: string): Promise<Buffer | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new ConfigError(path, `cannot be read (${error.code ?? 'unknown'})`);
  });
  if (file === undefined) return undefined;
  try {
    const stat = await file.stat();
    if (!stat.isFile() || (stat.mode & 0o077) !== 0 || stat.uid !== process.getuid?.()) {
      throw new ConfigError(path, 'must be a file of this process’s user with mode 0600');
    }
    return decodeKey(path, (await file.readFile('utf8')).trim());
  } finally {
    await file.close();
  }
}

/**
 * Makes the file in one step, so that no process ever reads half a key; where another process was
 * quicker, its key is taken. Undefined where the folder cannot be written.
 */
async function createKey(path: string): Promise<Buffer | undefined> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  const key = randomBytes(leastBytes);
  try {
    await writeFile(draft, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
    await link(draft, path);
    return key;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readKey(path) : undefined;
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}
