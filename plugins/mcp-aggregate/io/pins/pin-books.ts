import type { ServerConfig } from '../../config/config.js';
import type { PinConfig } from '../../config/pin-config.js';
import type { Approved } from '../../core/pins/approved.js';
import { allKinds } from '../../core/items/item-kinds.js';
import { LockfileError } from '../../core/pins/lockfile/lockfile-members.js';
import { readLockfile } from '../../core/pins/lockfile/read-lockfile.js';
import { addToLockfile } from '../../core/pins/lockfile/write-lockfile.js';
import type { LockContent } from '../../core/pins/lockfile/write-lockfile.js';
import { largeJson } from '../../upstream/large/large-json.js';
import { PinBook } from './pin-book.js';
import type { PinBookOptions } from './pin-book.js';
import { firstUseMemory } from './pin-memory.js';
import { firstUseFile, firstUsePath, folderVariable, lockfileIn } from './pin-folder.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** A larger lockfile is read and written on another thread. */
const hereBytes = 131_072;

interface Entry {
  readonly book: PinBook;
  users: number;
}

/** What is approved, shared by all configurations that go by the same lockfile or first use. */
export class PinBooks {
  readonly #entries = new Map<string, Entry>();
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** Answers the book of a server whose definitions are pinned, and what gives it back. */
  acquire(
    server: ServerConfig,
    pins: PinConfig,
    perCaller: boolean,
  ): { readonly book: PinBook; readonly release: () => void } {
    const { key, ...options } = sourceOf(server, pins, perCaller, this.#env);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const memory = firstUseMemory.share();
      const book = new PinBook({ server: server.name, perCaller, memory, parse, add, ...options });
      this.#entries.set(key, (entry = { book, users: 0 }));
    }
    const held = entry;
    held.users += 1;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      held.users -= 1;
      if (held.users > 0) return;
      held.book.close();
      this.#entries.delete(key);
    };
    return { book: held.book, release };
  }
}

type Source = Pick<PinBookOptions, 'source' | 'file' | 'firstUse' | 'firstUsePath'>;

function sourceOf(
  server: ServerConfig,
  { lockfile, digest }: PinConfig,
  perCaller: boolean,
  env: Environment,
): Source & { readonly key: string } {
  if (lockfile !== undefined && 'file' in lockfile) {
    const { file } = lockfile;
    const source = `lockfile ${file}`;
    return { key: `file ${file}`, source, file: lockfileIn(file, env), firstUse: false };
  }
  if (lockfile !== undefined) {
    const { text } = lockfile;
    const file = {
      fixed: true,
      mark: () => Promise.resolve(digest),
      read: () => textOf(text),
    };
    return { key: `text ${digest}`, source: 'pin_lockfile_text', file, firstUse: false };
  }
  const path = firstUsePath(server, env);
  const where = env[folderVariable] ? `in the folder of ${folderVariable}` : 'beside the socket';
  const kept = path === undefined ? 'in memory' : where;
  return {
    key: path === undefined ? `memory ${server.key}` : `first ${path} ${perCaller}`,
    source: `first use, kept ${kept}`,
    file: path === undefined ? undefined : firstUseFile(path),
    firstUse: true,
    firstUsePath: path,
  };
}

function textOf(text: string): Promise<Buffer> {
  if (text.trim() !== '') return Promise.resolve(Buffer.from(text));
  const why = 'it is empty: if it is a vault reference, Kong could not resolve it';
  return Promise.reject(new LockfileError(why));
}

async function parse(bytes: Buffer): Promise<Approved> {
  if (bytes.length <= hereBytes) return readLockfile(bytes);
  const read = await largeJson.lockfile(bytes);
  if ('refused' in read) throw new LockfileError(read.refused);
  return read;
}

async function add(before: Buffer, content: LockContent): Promise<string> {
  const texts = allKinds.flatMap((kind) => [...(content.items[kind]?.values() ?? [])]);
  const length = texts.reduce((sum, { text = '' }) => sum + text.length, before.length);
  if (length <= hereBytes) return addToLockfile(before, content);
  const made = await largeJson.learn(before, content);
  if ('refused' in made) throw new LockfileError(made.refused);
  return made.text;
}

/** Those of this process. */
export const pinBooks = new PinBooks(process.env);
